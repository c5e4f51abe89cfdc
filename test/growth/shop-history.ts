// Ten years of a busy shop as rows, one ticket or payment after the other: the same number makes the
// same row every time, so that a database may be filled in several goes.

import { hash } from "node:crypto";
import { kanaKey, nameKey } from "../../src/domain/name.ts";
import type { Schema } from "../../src/store/schema.ts";
import { type Random, seeded } from "../simulate/random.ts";

export const SHOP_ID = "shop";
export const STAFF = "staff@shop.example.jp";
export const MANAGER = "manager@shop.example.jp";
export const DAY_MS = 24 * 60 * 60 * 1_000;
/** Of a million tickets in ten years. */
export const TICKETS_PER_DAY = 274;
/** Whatever is still open is among the newest of them. */
export const OPEN_AMONG = 1_000;
const FOLLOWED_MS = 45 * DAY_MS;
/** An order is paid, and about a week later somebody wants the money back. */
const PAID_BEFORE_MS = 7 * DAY_MS;

const SURNAMES = {
  first: [..."田山佐高小中大松井渡木林清斎阿森池橋石前藤岡長近後坂遠青福西"],
  second: [..."中田藤本村川野口崎沢島上原井谷岡木林辺部"],
  kana: ["タナカ", "ヤマモト", "サトウ", "スズキ", "イトウ", "ワタナベ", "コバヤシ", "カトウ"],
};
const GIVEN = {
  first: [..."太健翔大陽結美花由直智恵裕真一和久千優浩"],
  second: [..."郎子一樹斗菜美香太介人奈恵代"],
  kana: ["タロウ", "ハナコ", "ケンタ", "ミサキ", "ショウ", "ユイ", "ナオキ", "トモコ"],
};

/** The first of a list are the commonest, as it is with names. */
function common<One>(random: Random, of: readonly One[]): One {
  return of[Math.floor(random.next() ** 2 * of.length)] as One;
}

interface Customer {
  readonly name: string;
  readonly kana: string;
  readonly email: string;
}

/** One buys twice or three times. */
function customerOf(payment: number): Customer {
  const number = Math.floor(seeded(payment).next() * (payment + 1) * 0.4);
  const random = seeded(number + 7_000_000);
  const of = (names: typeof SURNAMES) => common(random, names.first) + common(random, names.second);
  return {
    name: `${of(SURNAMES)} ${of(GIVEN)}`,
    kana: `${random.pick(SURNAMES.kana)} ${random.pick(GIVEN.kana)}`,
    email: `${random.pick(["taro", "hanako", "k.sato", "mail", "yuki"])}${number}@customer.example`,
  };
}

export function hex(...of: (string | number)[]): string {
  return hash("sha256", of.join("/"), "hex");
}

const PROVIDERS = [
  ...Array.from({ length: 12 }, () => ({ provider: "stripe", method: "card", id: "pi_3" })),
  { provider: "stripe", method: "konbini", id: "pi_3" },
  { provider: "stripe", method: "bank_transfer", id: "pi_3" },
  ...Array.from({ length: 3 }, () => ({
    provider: "smartpay",
    method: "pay_later",
    id: "payment_live_",
  })),
  ...Array.from({ length: 3 }, () => ({
    provider: "imported",
    method: "virtual_account",
    id: "20",
  })),
] as const;

export interface Clockwork {
  /** The last ticket is opened here. */
  readonly end: number;
  readonly total: number;
}

export function orderOf(payment: number): string {
  return String(100_000 + payment);
}

/** Evenly over the years, each at a time of its own. */
export function openedAt(ticket: number, { end, total }: Clockwork): number {
  return Math.floor(end - ((total - 1 - ticket) * DAY_MS) / TICKETS_PER_DAY);
}

export type PaymentRow = Schema["payment"];

export function paymentRow(number: number, clockwork: Clockwork): PaymentRow {
  const random = seeded(number + 3_000_000);
  const { provider, method, id } = random.pick(PROVIDERS);
  const { name, kana, email } = customerOf(number);
  const created = openedAt(number, clockwork) - PAID_BEFORE_MS - random.below(DAY_MS);
  const isByKana = method === "bank_transfer" || method === "virtual_account";
  const isRecent = number >= clockwork.total - OPEN_AMONG;
  const isUnsettled = isRecent && random.chance(0.04);
  const amount = 100 * (5 + Math.floor(random.next() ** 2 * 400));
  return {
    shop_id: SHOP_ID,
    provider,
    id: `${id}${hex("payment", number).slice(0, 24)}`,
    account: `acct_${provider}`,
    livemode: 1,
    currency: "JPY",
    amount_minor: amount,
    captured_minor: isUnsettled ? 0 : amount,
    refunded_minor: 0,
    status: isUnsettled ? "authorized" : "paid",
    method,
    // One in twenty shows no order, as with a transfer whose payer wrote none.
    ...(random.chance(0.05)
      ? { description: null, order_numbers_from: null }
      : { description: `見本商店 注文 ${orderOf(number)}`, order_numbers_from: "description" }),
    payer_name: isByKana ? null : name,
    payer_name_key: isByKana ? null : nameKey(name),
    payer_kana: isByKana ? kana : null,
    payer_kana_key: isByKana ? kanaKey(kana) : null,
    payer_email: isByKana ? null : email,
    disputed: random.chance(0.001) ? 1 : 0,
    created_at: created,
    paid_at: isUnsettled ? null : created,
    fetched_at: created + 60_000,
  };
}

export type TicketRow = Schema["ticket"];

const OPEN = [
  "unmatched",
  "awaiting_approval",
  "awaiting_approval",
  "awaiting_manual_refund",
  "refund_pending",
  "refund_requires_action",
  "refund_failed",
] as const;

/** Of every ticket what became of it. */
function fateOf(random: Random, isNew: boolean) {
  if (isNew && random.chance(0.3)) return { status: random.pick(OPEN), resolution: null };
  const chance = random.next();
  if (chance < 0.6) return { status: "refunded", resolution: "refunded" };
  if (chance < 0.75) return { status: "rejected", resolution: "rejected" };
  return { status: "closed", resolution: chance < 0.9 ? "nothing_paid" : "already_refunded" };
}

export interface TicketHistory {
  readonly message: Schema["message"][];
  readonly message_location: Schema["message_location"][];
  readonly ticket: TicketRow[];
  readonly ticket_order: Schema["ticket_order"][];
  readonly approval_round: Schema["approval_round"][];
  readonly approval_request: Schema["approval_request"][];
  readonly approval: Schema["approval"][];
  readonly refund: Schema["refund"][];
  readonly provider_refund: Schema["provider_refund"][];
  readonly outgoing_mail: Schema["outgoing_mail"][];
  readonly job: Schema["job"][];
  /** Without the links of the chain. */
  readonly event: (Pick<Schema["event"], "ticket_id" | "type" | "actor" | "at"> & {
    readonly data: string;
  })[];
}

/** Few bytes, as most have been blanked in ten years; the rows are what grows. */
const RAW = Buffer.alloc(200, "raw ");

export function ticketHistory(number: number, clockwork: Clockwork): TicketHistory {
  return new TicketStory(number, clockwork).tell();
}

class TicketStory {
  readonly #number: number;
  readonly #clockwork: Clockwork;
  readonly #random: Random;
  readonly #id: string;
  readonly #opened: number;
  readonly #payment: PaymentRow;
  readonly #history: TicketHistory = {
    message: [],
    message_location: [],
    ticket: [],
    ticket_order: [],
    approval_round: [],
    approval_request: [],
    approval: [],
    refund: [],
    provider_refund: [],
    outgoing_mail: [],
    job: [],
    event: [],
  };

  constructor(number: number, clockwork: Clockwork) {
    this.#number = number;
    this.#clockwork = clockwork;
    this.#random = seeded(number + 5_000_000);
    this.#id = hex("ticket", number).slice(0, 32);
    this.#opened = openedAt(number, clockwork);
    this.#payment = paymentRow(number, clockwork);
  }

  tell(): TicketHistory {
    const { total } = this.#clockwork;
    const fate = fateOf(this.#random, this.#number >= total - OPEN_AMONG);
    const { status } = fate;
    this.#open(fate);
    if (this.#random.chance(0.3)) this.#other();
    if (status === "unmatched") return this.#history;
    if (status !== "closed") this.#ask(status === "awaiting_approval");
    if (status === "awaiting_approval") return this.#history;
    if (status === "rejected") this.#event(30, "decision", rejected, STAFF);
    else if (status !== "closed") this.#pay(status);
    if (fate.resolution !== null) {
      this.#event(35, "ticket_ended", `{"resolution":"${fate.resolution}"}`);
      this.#mail(36, fate.resolution, this.#payment.payer_email ?? "taro@customer.example");
    }
    return this.#history;
  }

  #at(minutes: number): number {
    return this.#opened + minutes * 60_000;
  }

  #event(minutes: number, type: string, data: string, actor = "henkin"): void {
    this.#history.event.push({
      ticket_id: this.#id,
      type,
      actor,
      at: this.#at(minutes),
      data,
    });
  }

  #message(what: string, kind: string, from: string): string {
    const pk = `v1:${hex(what, this.#number)}`;
    const isOther = kind === "other";
    const received_at = this.#opened;
    const isPurged = isOther && received_at < this.#clockwork.end - 8 * DAY_MS;
    this.#history.message.push({
      shop_id: SHOP_ID,
      pk,
      message_id: isPurged ? null : `${pk.slice(3, 40)}@mail.example`,
      from_address: isPurged ? "" : from,
      subject: isPurged ? "" : "お問い合わせ",
      received_at,
      size: 4_000,
      raw: isPurged ? Buffer.alloc(0) : RAW,
      truncated: 0,
      kind,
      state: "processed",
      reason: null,
      ticket_id: isOther ? null : this.#id,
      purged_at: isPurged ? received_at + 8 * DAY_MS : null,
    });
    const key = String(this.#number * 4 + this.#history.message.length);
    this.#history.message_location.push({
      shop_id: SHOP_ID,
      mailbox: "INBOX",
      generation: "1",
      key,
      message_pk: pk,
    });
    return pk;
  }

  /** What waits; what is done is put in for all tickets at once (grown-database.ts). */
  #job(id: string, kind: string, lane: string): void {
    const due_at = this.#clockwork.end + DAY_MS;
    this.#history.job.push({
      shop_id: SHOP_ID,
      id,
      kind,
      lane,
      ticket_id: this.#id,
      payload: "{}",
      due_at,
      state: "pending",
      attempt: 0,
      starts: 1,
      lease_token: 1,
      backing_off: 0,
      last_error: null,
      created_at: this.#opened,
      done_at: null,
      lease_owner: null,
    });
  }

  #mail(minutes: number, name: string, to: string): string {
    const id = `henkin.${hex("mail", name, this.#number).slice(0, 40)}@shop.example.jp`;
    const date_at = this.#at(minutes);
    this.#history.outgoing_mail.push({
      shop_id: SHOP_ID,
      id,
      ticket_id: this.#id,
      name,
      variables: "{}",
      locale: "ja",
      to_address: to,
      message_id: id,
      in_reply_to: null,
      refs: "[]",
      date_at,
      round: null,
      raw: RAW,
      phase: "accepted",
      phase_at: date_at,
      purged_at: null,
      quoted_head: null,
    });
    this.#event(minutes, "mail_queued", `{"mail":"${name}","messageId":"${id}"}`);
    this.#event(minutes, "mail_sent", `{"mail":"${name}","messageId":"${id}"}`);
    return id;
  }

  #open({ status, resolution }: { status: string; resolution: string | null }): void {
    const { name, email, kana } = customerOf(this.#number);
    const from = this.#random.chance(0.3) ? email : "form@shop.example.jp";
    const opened_by = this.#message("request", "refund_request", from);
    const order = orderOf(this.#number);
    const isMatched = status !== "unmatched";
    this.#history.ticket.push({
      shop_id: SHOP_ID,
      id: this.#id,
      number: this.#number + 1,
      version: 5,
      status,
      resolution,
      opened_by,
      order_numbers: `["${order}"]`,
      requester_name: name,
      requester_name_key: nameKey(name),
      requester_kana: kana,
      requester_email: email,
      requester_kana_key: nameKey(kana),
      requested_minor: this.#random.chance(0.2) ? this.#payment.amount_minor : null,
      intent: "cancel",
      provider: isMatched ? this.#payment.provider : null,
      payment_id: isMatched ? this.#payment.id : null,
      payer_email: isMatched ? this.#payment.payer_email : null,
      round: isMatched ? 1 : 0,
      opened_at: this.#opened,
      updated_at: this.#at(36),
      purged_at: null,
    });
    this.#history.ticket_order.push({ shop_id: SHOP_ID, order_number: order, ticket_id: this.#id });
    this.#event(0, "ticket_opened", `{"message":"${opened_by}"}`);
    const reason = "cancel: キャンセルします";
    const received = `{"kind":"refund_request","message":"${opened_by}","reason":"${reason}"}`;
    this.#event(0, "message_received", received);
  }

  #other(): void {
    const pk = this.#message("other", "other", "news@partner.example");
    const data = `{"kind":"other","message":"${pk}","reason":"none"}`;
    this.#history.event.push({
      ticket_id: null,
      type: "message_received",
      actor: "henkin",
      at: this.#opened,
      data,
    });
  }

  #ask(isOpen: boolean): void {
    const { provider, id, amount_minor } = this.#payment;
    const data = `"paymentId":"${id}","provider":"${provider}"`;
    this.#event(1, "payment_matched", `{"from":"received",${data},"to":"awaiting_approval"}`);
    const asked = `{"action":"refund","currency":"JPY","kind":"proposal",${data},"proposedMinor":${amount_minor},"round":1}`;
    this.#event(1, "approval_asked", asked);
    const message_id = this.#mail(1, "approval_request", STAFF);
    const question = `{"kind":"proposal","action":"refund","provider":"${provider}","account":"acct_${provider}","livemode":true,"paymentId":"${id}","method":"card","currency":"JPY","proposedMinor":${amount_minor},"refundableMinor":${amount_minor},"capturedMinor":${amount_minor},"refundedMinor":0,"status":"paid","disputed":false,"chosen":false,"payee":null}`;
    const of = { shop_id: SHOP_ID, ticket_id: this.#id, round: 1 };
    this.#history.approval_round.push({
      ...of,
      question,
      question_hash: hex(question),
      ticket_version: 3,
      state: isOpen ? "open" : "decided",
      hold_until: null,
      reminders: 0,
      created_at: this.#at(1),
    });
    this.#history.approval_request.push({
      ...of,
      approver: STAFF,
      message_id,
      code_hash: hex("code", this.#number),
      expires_at: this.#at(1) + 14 * DAY_MS,
    });
    if (isOpen) this.#job(`remind_approvers/${this.#id}/1`, "remind_approvers", "local");
  }

  #pay(status: string): void {
    const { provider, id: payment_id, amount_minor } = this.#payment;
    const message_pk = this.#message("answer", "staff_reply", STAFF);
    this.#history.approval.push({
      shop_id: SHOP_ID,
      ticket_id: this.#id,
      round: 1,
      approver: STAFF,
      amount_minor,
      reason: "requested_by_customer",
      reason_text: null,
      note: null,
      customer_note: null,
      message_pk,
      at: this.#at(30),
      with_code: 1,
    });
    this.#event(30, "answer_received", `{"message":"${message_pk}","sender":"dmarc_pass"}`, STAFF);
    const money = `"amountMinor":${amount_minor},"currency":"JPY"`;
    const decided = `{${money},"decision":"approved","message":"${message_pk}","questionHash":"${hex("question", this.#number)}","round":1}`;
    this.#event(30, "decision", decided, STAFF);
    const granted = `{${money},"from":"awaiting_approval","round":1,"to":"approved"}`;
    this.#event(30, "approval_granted", granted, STAFF);
    if (status === "awaiting_manual_refund") return;
    const id = hex("refund", this.#number).slice(0, 32);
    const key = `henkin-${hex("key", this.#number)}`;
    const provider_refund_id = `re_${hex("re", this.#number).slice(0, 24)}`;
    const state = STATES[status] ?? "succeeded";
    const at = this.#at(31);
    const follow_until = at + FOLLOWED_MS;
    this.#history.refund.push({
      shop_id: SHOP_ID,
      id,
      ticket_id: this.#id,
      round: 1,
      action: "refund",
      provider,
      account: `acct_${provider}`,
      payment_id,
      amount_minor,
      currency: "JPY",
      reason: "requested_by_customer",
      metadata: `{"henkin_refund":"${id}"}`,
      idempotency_key: key,
      state,
      provider_refund_id,
      failure_reason: null,
      stored_errors: 0,
      needs_person: 0,
      key_stored_at: at,
      follow_until,
      updated_at: at,
      instructions_email: null,
      account_asked_at: null,
      account_until: null,
    });
    this.#history.provider_refund.push({
      shop_id: SHOP_ID,
      provider,
      id: provider_refund_id,
      payment_id,
      amount_minor,
      currency: "JPY",
      status: state,
      status_at: at,
      origin: "henkin",
      refund_id: id,
      ticket_id: this.#id,
      created_at: at,
      first_seen_at: at,
      adopted_at: null,
      seen_in: at,
    });
    const planned = `{"account":"acct_${provider}","action":"refund",${money},"idempotencyKey":"${key}","paymentId":"${payment_id}","provider":"${provider}","reason":"requested_by_customer","refund":"${id}","round":1}`;
    this.#event(31, "refund_planned", planned);
    const ended = `{${money},"from":"approved","provider":"${provider}","providerRefundId":"${provider_refund_id}","refund":"${id}","status":"${state}","to":"${status}"}`;
    this.#event(32, EVENTS[state] ?? "refund_succeeded", ended);
    const isFollowed = follow_until > this.#clockwork.end;
    if (isFollowed) this.#job(`check_refund/${id}`, "check_refund", `provider:${provider}`);
  }
}

const rejected = '{"decision":"rejected","round":1}';

const STATES: Readonly<Record<string, string>> = {
  refund_pending: "pending",
  refund_requires_action: "requires_action",
  refund_failed: "failed",
};

const EVENTS: Readonly<Record<string, string>> = {
  pending: "refund_pending",
  requires_action: "refund_requires_action",
  failed: "refund_failed",
};
