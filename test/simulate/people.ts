// What customers, approvers, the bank, the Dashboard and the power company do, at random: mostly what
// is usual, often too late, twice, or otherwise than the shop hoped.

import type { ProviderRefund } from "../../src/domain/payment.ts";
import { STOP_SWITCH } from "../../src/ticket/desk.ts";
import { aForm, anAnswer, quoting, type Sent } from "../jobs/recorded-mail.ts";
import { SATO, TANAKA } from "../support/desk.ts";
import { DAY, HOUR, MINUTE } from "../support/fake-clock.ts";
import type { MessageParts } from "../support/message.ts";
import type { World } from "./world.ts";

export const ORDERS = ["679", "680", "681"] as const;
export const NAMES = ["田中太郎", "山田花子", "佐藤次郎"] as const;
export const paymentOf = (order: number) => `pi_${ORDERS[order]}`;
export const emailOf = (who: number) => `customer${who}@mail.example`;

/** An answer of a genuine approver to a request that was mailed to him. */
export interface Answered {
  readonly request: Sent;
  readonly by: string;
  readonly text: string;
  readonly messageId: string;
}

const WHOLE = ["OK", "OK", "OK", "承認"];
const PART = ["OK 1000", "OK 1000", "OK 700"];
const ANSWERS = [...WHOLE, ...PART, "NG", "保留", "はい"];
const CHOICES = ["1", "1", "1", "1", "0", "2", "OK"];

type Act =
  | "ask"
  | "answer"
  | "bank"
  | "transfer"
  | "dashboard"
  | "dispute"
  | "describe"
  | "forge"
  | "replay"
  | "write"
  | "repeat"
  | "rebuild"
  | "release";

/** Money that staff have sent by hand, as a task of ours asked. */
export interface Transfer {
  /** "R-12" */
  readonly reference: string;
  readonly paymentId: string;
  readonly amountMinor: number;
}

export class People {
  readonly answered: Answered[] = [];
  /** One for each task, by its code: a task that comes again is not carried out again. */
  readonly transfers = new Map<string, Transfer>();
  /** Of mails that ask for a refund. */
  readonly asked = new Set<string>();
  /** Codes of tasks that they have carried out and said so. */
  readonly #finished = new Set<string>();
  /** Codes of tasks that they will not carry out. */
  readonly #declined = new Set<string>();
  readonly #world: World;
  #mails = 0;
  #restore: (() => Promise<void>) | null = null;

  constructor(world: World) {
    this.#world = world;
    world.meanwhile = (paymentId) => {
      const order = ORDERS.findIndex((_, at) => paymentOf(at) === paymentId);
      const acts: readonly Act[] =
        order === -1 ? ["answer", "bank", "ask"] : ["dashboard", "dashboard", "dispute", "answer"];
      this.#act(acts, order === -1 ? world.random.below(ORDERS.length) : order);
    };
  }

  /** One thing happens. */
  async move(): Promise<void> {
    const { random } = this.#world;
    const roll = random.below(100);
    if (roll < 10) this.#act(["transfer", "answer"]);
    else if (roll < 50) this.#act(["ask", "answer", "answer", "answer", "answer", "bank"]);
    else if (roll < 58) this.#act(["dashboard", "dispute", "describe", "forge", "replay"]);
    else if (roll < 62) this.#act(["write"]);
    else if (roll < 68) this.#act(["repeat", "repeat", "rebuild", "release"]);
    else if (roll < 73) await this.#throwSwitch(random.chance(0.5) ? "on" : "off");
    else if (roll < 78) this.#fail();
    else if (roll < 82) await this.#keepCopy();
    else await this.#wait();
  }

  async #wait(): Promise<void> {
    const { random } = this.#world;
    const usual = [MINUTE, HOUR, 6 * HOUR, 25 * HOUR, 25 * HOUR, 3 * DAY];
    const odd = [20 * DAY, 60 * DAY, -HOUR, -2 * DAY];
    await this.#world.pass(random.pick(random.chance(0.9) ? usual : odd));
  }

  /** `order` null: a number that nobody has, so that the payer's other payments are candidates. */
  ask(order: number | null, name: number): void {
    const wishes = [undefined, undefined, "1000円だけ返金してください。", "返金できますか？"];
    const text = this.#world.random.pick(wishes);
    const messageId = this.#id();
    this.asked.add(messageId);
    const form = aForm({
      order: order === null ? "904" : (ORDERS[order] ?? ""),
      name: NAMES[name] ?? "",
      email: emailOf(name),
      ...(text === undefined ? {} : { text }),
    });
    this.#deliver({ ...form, messageId });
  }

  /** Approvers answer the newest request to them that they have not answered yet. */
  answerAll(text: (request: Sent) => string): boolean {
    const newest = new Map<string, Sent>();
    for (const request of this.#requests()) {
      newest.set(`${request.to} ${String(request.variables["reference"])}`, request);
    }
    const open = [...newest.values()].filter(
      (request) =>
        request.to === TANAKA && !this.answered.some((answer) => answer.request === request),
    );
    for (const request of open) this.#answer(request, text(request));
    return open.length > 0;
  }

  /** The bank brings every refund to its end; false where all had ended. */
  settleAll(): boolean {
    const { provider, random } = this.#world;
    const open = provider.refunds.filter(
      ({ status }) => status !== "succeeded" && status !== "failed" && status !== "canceled",
    );
    for (const { id } of open) provider.settle(id, random.chance(0.8) ? "succeeded" : "failed");
    return open.length > 0;
  }

  /** Every transfer that was asked for is made, and said so; false where none was left. */
  finishTransfers(): boolean {
    const open = this.#tasks().filter(({ variables }) => {
      const code = String(variables["code"]);
      return !this.#finished.has(code) && !this.#declined.has(code);
    });
    for (const task of open) this.#transfer(task);
    return open.length > 0;
  }

  #act(what: readonly Act[], order = this.#world.random.below(ORDERS.length)): void {
    const { random, mailbox, provider } = this.#world;
    const acts: Record<Act, () => void> = {
      ask: () =>
        this.ask(
          random.chance(0.2) ? null : order,
          random.chance(0.8) ? order : random.below(NAMES.length),
        ),
      answer: () => this.#answerSomething(),
      bank: () => this.#settleSomething(),
      transfer: () => this.#transferSomething(),
      dashboard: () => this.#refundByHand(order),
      dispute: () => void provider.change(paymentOf(order), { disputed: random.chance(0.5) }),
      describe: () =>
        void provider.change(paymentOf(order), {
          orderNumbers: [ORDERS[order] ?? ""],
          orderNumbersFrom: "description",
        }),
      forge: () => this.#forge(),
      replay: () => this.#replay(),
      write: () => this.#write(order),
      repeat: () => mailbox.repeat(random.below(1_000)),
      rebuild: () => mailbox.rebuild(),
      release: () => mailbox.release(),
    };
    acts[random.pick(what)]();
  }

  #id(): string {
    this.#mails += 1;
    return `mail-${this.#mails}@mail.example`;
  }

  #deliver(parts: MessageParts): void {
    const { random, mailbox } = this.#world;
    if (random.chance(0.1) && !this.#world.fates.quiet) mailbox.hold(parts);
    else mailbox.deliver(parts);
  }

  #requests(): Sent[] {
    return this.#world.postman.accepted.filter(
      ({ name }) => name === "approval_request" || name === "candidates",
    );
  }

  #answerSomething(): void {
    const { random } = this.#world;
    const requests = this.#requests();
    if (requests.length === 0) return;
    const request = random.chance(0.2) ? this.#sibling(requests) : this.#someOf(requests);
    this.#answer(request, random.chance(0.08) ? "STOP" : this.wordsFor(request.name));
  }

  wordsFor(name: Sent["name"]): string {
    return this.#world.random.pick(name === "candidates" ? CHOICES : ANSWERS);
  }

  /** Mostly the newest. */
  #someOf(requests: readonly Sent[]): Sent {
    const { random } = this.#world;
    return random.pick(random.chance(0.6) ? requests.slice(-1) : requests.slice(-6));
  }

  /** The same question, as it was put to somebody else: who answers may not know of the other. */
  #sibling(requests: readonly Sent[]): Sent {
    const last = this.answered.at(-1)?.request;
    const others = requests.filter(
      ({ to, variables }) =>
        last !== undefined &&
        to !== last.to &&
        variables["reference"] === last.variables["reference"],
    );
    return others.at(-1) ?? last ?? this.#someOf(requests);
  }

  #answer(request: Sent, text: string): void {
    // A request and the task that follows from it have one code.
    const code = String(request.variables["code"] ?? "");
    if (/^(?:NG|STOP)$/.test(text)) {
      // Who has sent the money takes nothing back.
      if (this.transfers.has(code)) return;
      this.#declined.add(code);
    }
    const messageId = this.#id();
    this.answered.push({ request, by: request.to, text, messageId });
    const references = [...request.draft.references, request.messageId];
    const whole = code === "" ? text : quoting(text, request);
    this.#deliver({ ...anAnswer(request, whole, { references }), messageId });
  }

  /** The newest of each transfer that was asked for. */
  #tasks(): Sent[] {
    const tasks = this.#world.postman.accepted.filter(
      ({ name, variables }) => name === "staff_task" && variables["asksDone"] === true,
    );
    return [...new Map(tasks.map((task) => [task.variables["code"], task])).values()];
  }

  #transferSomething(): void {
    const { random } = this.#world;
    const task = this.#tasks().at(-1);
    if (task === undefined) return;
    const roll = random.below(10);
    if (roll < 6) this.#transfer(task);
    else if (roll < 7) this.#send(task);
    else this.#answer(task, random.pick(["NG", "STOP", "OK", "はい"]));
  }

  #transfer(task: Sent): void {
    if (this.#declined.has(String(task.variables["code"]))) return;
    this.#send(task);
    this.#finished.add(String(task.variables["code"]));
    this.#answer(task, `完了 T-${this.transfers.size}`);
  }

  #send({ variables }: Sent): void {
    const code = String(variables["code"]);
    if (this.#declined.has(code)) return;
    const paymentId = /pi_\d+/.exec(String(variables["details"]))?.[0] ?? "";
    const amountMinor = Number(String(variables["reason"]).replace(/\D/g, ""));
    const reference = String(variables["reference"]);
    this.transfers.set(code, { reference, paymentId, amountMinor });
  }

  /** An approver's old words once more, under another Message-ID and without his signature. */
  #replay(): void {
    const old = this.answered.at(-1);
    if (old === undefined) return;
    const { headers: _vouched, ...parts } = anAnswer(old.request, old.text);
    this.#deliver({ ...parts, headers: { From: old.by }, messageId: this.#id() });
  }

  #forge(): void {
    const request = this.#requests().at(-1);
    if (request === undefined) return;
    const headers = {
      "Authentication-Results": "mx.evil.example; dmarc=pass header.from=shop.example",
      From: request.to,
    };
    const by = this.#world.random.pick([TANAKA, SATO, "stranger@evil.example"]);
    this.#deliver({ ...anAnswer(request, "OK", { from: by, headers }), messageId: this.#id() });
  }

  #write(order: number): void {
    const { random } = this.#world;
    const texts = ["やっぱりキャンセルは結構です。返金は不要です。", "返金はいつになりますか？"];
    this.#deliver({
      from: emailOf(order),
      subject: `注文 ${ORDERS[order]} について`,
      text: `${random.pick(texts)}\n${NAMES[order]}`,
      messageId: this.#id(),
    });
  }

  #refundByHand(order: number): void {
    const { provider, random } = this.#world;
    const { refundedMinor, capturedMinor } = provider.payment(paymentOf(order));
    const left = capturedMinor - refundedMinor;
    if (left === 0) return;
    const amount = random.chance(0.5) ? left : Math.min(left, 100);
    provider.refundByHand(paymentOf(order), amount, random.pick(["succeeded", "pending"]));
  }

  #settleSomething(): void {
    const { provider, random } = this.#world;
    if (provider.refunds.length === 0) return;
    const { id, status, createdAt } = random.pick(provider.refunds);
    // Banks send money back up to 30 days after it succeeded (docs.stripe.com/refunds).
    const isFinal = status === "succeeded" && this.#world.clock.now() - createdAt > 30 * DAY;
    if (isFinal) return;
    const next: Record<string, readonly ProviderRefund["status"][]> = {
      pending: ["succeeded", "succeeded", "failed", "requires_action", "canceled", "unknown"],
      requires_action: ["pending", "succeeded", "failed", "canceled"],
      unknown: ["succeeded", "pending", "failed"],
      succeeded: ["failed", "requires_action"],
    };
    const ways = next[status];
    if (ways !== undefined) provider.settle(id, random.pick(ways));
  }

  async #throwSwitch(value: "on" | "off"): Promise<void> {
    for (const { store } of this.#world.installations) {
      await store.write((tx) => tx.switches.set(STOP_SWITCH, value));
    }
  }

  /** The provider breaks down in a way that its key remembers, or lags, or answers otherwise. */
  #fail(): void {
    const { provider, random } = this.#world;
    const ways = [
      () => provider.fail("createRefund", random.pick(["stored before", "stored after"])),
      () => provider.fail("createRefund", random.pick(["before", "after"])),
      () => {
        provider.listDelayMs = random.pick([0, 2 * MINUTE]);
      },
      () => {
        provider.nextStatus = random.pick([null, "pending", "requires_action", "succeeded"]);
      },
    ];
    random.pick(ways)();
  }

  /** A backup, a restored one, or a second machine with a copy of everything. */
  async #keepCopy(): Promise<void> {
    const { random } = this.#world;
    if (random.chance(0.25)) return this.#world.copyInstallation();
    if (this.#restore === null || random.chance(0.4)) this.#restore = this.#world.backUp();
    else await this.#restore();
  }
}
