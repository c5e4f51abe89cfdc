// Exactly once at the edge of mail: frozen bytes, one repeat after a doubt, none after a decision.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  AccessError,
  OutcomeUnknownError,
  PermanentError,
  TransientError,
} from "../../src/domain/errors.ts";
import type { MailPhase, OutgoingMail } from "../../src/store-port.ts";
import { queueMail } from "../../src/ticket/queue-mail.ts";
import { openDesk, SATO, TANAKA, type TestDesk } from "../support/desk.ts";
import { aFailure } from "../support/failures.ts";
import { DAY, HOUR, MINUTE } from "../support/fake-clock.ts";
import { TARO } from "../support/memory-provider.ts";

let desk: TestDesk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

const lost = () => aFailure(OutcomeUnknownError, "smtp_lost", "Lost after the message.");
const later = () => aFailure(TransientError, "smtp_450", "Later.");

/** A mail that has nothing to do with a ticket. */
async function queue(to = "someone@shop.example", occasion = "test"): Promise<void> {
  await desk.store.write((tx) =>
    queueMail(tx, desk.desk, {
      name: "staff_task",
      ticket: null,
      to,
      occasion,
      variables: {
        reference: "",
        shopName: "見本商店",
        reason: "a reason",
        details: [],
        asksDone: false,
        copyText: [],
        rawAnswer: [],
        code: "",
      },
    }),
  );
}

/** Without the reports to staff of what became of a mail. */
const attempts = () =>
  desk.transport.attempts.filter(({ raw }) => !Buffer.from(raw).includes("The connection broke"));
const reports = () =>
  desk.mails("staff_task", TANAKA).map(({ variables }) => String(variables["reason"]));

async function phases(): Promise<MailPhase[]> {
  const ids = new Set(attempts().map(({ messageId }) => messageId));
  const mails = await Promise.all(
    [...ids].map((id) => desk.store.read((tx) => tx.mails.findByMessageId([id]))),
  );
  return mails.flatMap((mail) => (mail === undefined ? [] : [mail.phase]));
}

/** Once the message may leave, and before it does. */
function atData(look: (messageId: string) => Promise<void>): void {
  const send = desk.transport.send.bind(desk.transport);
  desk.transport.send = (message, beforeData) =>
    send(message, async () => {
      await beforeData();
      await look(message.messageId);
    });
}

const bytes = () => attempts().map(({ raw }) => Buffer.from(raw).toString("hex"));
const parked = () => desk.store.read((tx) => tx.jobs.listParked());

describe("a mail", () => {
  it("leaves once, under its derived Message-ID and with the mark of ours", async () => {
    await queue();
    await queue();
    await desk.work();
    await desk.advance(DAY);
    expect(desk.transport.attempts).toHaveLength(1);
    const [sent] = desk.transport.accepted;
    expect(sent?.messageId).toMatch(/^henkin\.[0-9a-f]{40}@shop\.example$/);
    expect(sent?.draft.headers["X-Henkin"]).toMatch(
      new RegExp(`^${sent?.messageId} [0-9a-f]{40}$`),
    );
    expect(await phases()).toEqual(["accepted"]);
  });

  it("has its bytes committed before it may leave", async () => {
    await queue();
    let stored: OutgoingMail | undefined;
    atData(async (messageId) => {
      stored = await desk.store.read((tx) => tx.mails.findByMessageId([messageId]));
    });
    await desk.work();
    expect(Buffer.from(stored?.raw ?? []).toString("hex")).toBe(bytes()[0]);
    expect(stored?.phase).toBe("data");
  });

  it.each(["connect", "data"] as const)("is the same bytes at every attempt: %s", async (at) => {
    await queue();
    desk.transport.fail({ at, error: later() }, 3);
    await desk.work();
    for (let minute = 0; minute < 10; minute += 1) await desk.advance(MINUTE);
    expect(bytes()).toHaveLength(4);
    expect(new Set(bytes()).size).toBe(1);
    expect(desk.transport.accepted).toHaveLength(1);
  });

  it("does not leave where its words were erased while it waited for its turn", async () => {
    await queue();
    const send = desk.transport.send.bind(desk.transport);
    desk.transport.send = async (message, beforeData) => {
      const mail = await desk.store.read((tx) => tx.mails.findByMessageId([message.messageId]));
      await desk.store.write((tx) => tx.personal.eraseMail(mail?.id ?? "", 1, ""));
      await send(message, beforeData);
    };
    await desk.work();
    expect(desk.transport.accepted).toEqual([]);
    expect(await phases()).toEqual(["dropped"]);
  });
});

describe("a known failure", () => {
  it("after the message left is no doubt: it is tried again soon", async () => {
    await queue();
    desk.transport.fail({ at: "data", error: later() });
    await desk.work();
    expect(await phases()).toEqual(["composed"]);
    await desk.advance(MINUTE);
    expect(desk.transport.accepted).toHaveLength(1);
  });

  it("is given up after five days, and staff hear of it", async () => {
    await queue(TARO);
    desk.transport.fail({ at: "connect", error: later() }, 10_000, TARO);
    await desk.work();
    for (let hours = 0; hours < 6 * 24; hours += 1) await desk.advance(HOUR);
    expect(await phases()).toContain("refused");
    const tries = desk.transport.attempts.filter(({ raw }) => Buffer.from(raw).includes(TARO));
    await desk.advance(DAY);
    expect(desk.mail("staff_task", TANAKA).variables["reason"]).toContain(TARO);
    expect(tries.length).toBeGreaterThan(5 * 24);
  });

  it("of the credentials spends no attempt, and pauses every mail", async () => {
    await queue();
    desk.transport.fail({ at: "connect", error: aFailure(AccessError, "smtp_auth", "Wrong.") }, 2);
    await desk.work();
    const lane = await desk.store.read((tx) => tx.lanes.find("smtp"));
    expect(lane).toMatchObject({ state: "paused", code: "smtp_auth" });
    await desk.advance(HOUR);
    await desk.advance(HOUR);
    expect(desk.transport.accepted).toHaveLength(1);
    expect((await desk.store.read((tx) => tx.lanes.find("smtp")))?.state).toBe("ok");
  });
});

describe("a definite refusal", () => {
  const refusal = () => aFailure(PermanentError, "smtp_550", "No such user.");

  it.each(["connect", "data"] as const)("%s: ends the mail and tells staff once", async (at) => {
    await queue(TARO);
    desk.transport.fail({ at, error: refusal() });
    await desk.work();
    await desk.advance(DAY);
    expect(
      desk.transport.attempts.filter(({ raw }) => Buffer.from(raw).includes(`"to":"${TARO}"`)),
    ).toHaveLength(1);
    const reasons = [TANAKA, SATO].map((to) => desk.mail("staff_task", to).variables["reason"]);
    expect(reasons).toEqual(Array(2).fill(expect.stringMatching(/taro.*No such user/)));
    expect(await phases()).toContain("refused");
    expect(await parked()).toEqual([]);
    const mail = await desk.store.read((tx) =>
      tx.mails.findByMessageId([desk.transport.attempts[0]?.messageId ?? ""]),
    );
    // Whoever is told wants to read it.
    expect(mail?.raw).not.toBeNull();
  });

  it("of a mail to staff is not told by another mail to staff", async () => {
    await queue(TANAKA);
    desk.transport.fail({ at: "connect", error: refusal() });
    await desk.work();
    await desk.advance(DAY);
    expect(desk.transport.accepted).toEqual([]);
    expect(await phases()).toEqual(["refused"]);
  });
});

describe("a loss after the message left", () => {
  it("waits a quarter of an hour, sends the same bytes once more, and records both", async () => {
    await queue();
    desk.transport.fail({ at: "data", error: lost() });
    await desk.work();
    expect(await phases()).toEqual(["data"]);
    await desk.advance(14 * MINUTE);
    expect(bytes()).toHaveLength(1);
    await desk.advance(2 * MINUTE);
    expect(bytes()).toHaveLength(2);
    expect(new Set(bytes()).size).toBe(1);
    expect(await phases()).toEqual(["accepted"]);
    await desk.advance(DAY);
    expect(bytes()).toHaveLength(2);
    expect(reports()).toEqual([expect.stringMatching(/someone@shop.*may have arrived twice/)]);
  });

  it("of a mail to staff is no reason for another mail to staff", async () => {
    await queue(TANAKA);
    desk.transport.fail({ at: "data", error: lost() });
    await desk.work();
    await desk.advance(16 * MINUTE);
    await desk.advance(DAY);
    expect(desk.transport.attempts).toHaveLength(2);
  });

  it("that comes twice is left to a person", async () => {
    await queue();
    desk.transport.fail({ at: "data", error: lost() }, 5, "someone@shop.example");
    await desk.work();
    for (let hours = 0; hours < 24; hours += 1) await desk.advance(HOUR);
    expect(bytes()).toHaveLength(2);
    expect(reports()).toEqual([expect.stringMatching(/someone@shop.*sends it no more/)]);
    expect(await parked()).toMatchObject([{ kind: "send_mail", error: "smtp_outcome_unknown" }]);
  });

  it("that comes twice is left to a person, also where the lane failed in between", async () => {
    await queue("a@shop.example", "first");
    desk.transport.fail({ at: "data", error: lost() }, 5, "a@shop.example");
    await desk.work();
    // Another mail meets a failure and then success, which makes waiting retries due at once.
    await queue("b@shop.example", "second");
    desk.transport.fail({ at: "connect", error: later() }, 1, "b@shop.example");
    await desk.work();
    for (let hours = 0; hours < 24; hours += 1) await desk.advance(5 * MINUTE);
    const first = attempts().filter(({ raw }) => Buffer.from(raw).includes("a@shop.example"));
    expect(first).toHaveLength(2);
  });

  it("that comes twice is left to a person, also over a restart", async () => {
    await queue();
    const job = await desk.claim("smtp");
    desk.transport.fail({ at: "data", error: lost() }, 5);
    const crash = { ...desk.store, write: () => Promise.reject(new Error("power cut")) };
    if (job === undefined) throw new Error("nothing was queued");
    const died = desk.jobs.send_mail(crash, job, new AbortController().signal);
    await expect(died).rejects.toThrow("power cut");
    expect(bytes()).toHaveLength(1);
    await desk.restart();
    expect(bytes()).toHaveLength(1);
    for (let hours = 0; hours < 24; hours += 1) await desk.advance(HOUR);
    expect(bytes()).toHaveLength(2);
  });

  it("waits, too, where the clock of the worker that died was ahead of this one's", async () => {
    await queue();
    const job = await desk.claim("smtp");
    desk.transport.fail({ at: "data", error: lost() }, 1);
    if (job === undefined) throw new Error("nothing was queued");
    const dying = { ...desk.store, write: () => Promise.reject(new Error("killed")) };
    desk.clock.advance(MINUTE);
    await expect(desk.jobs.send_mail(dying, job, new AbortController().signal)).rejects.toThrow();
    desk.clock.advance(-MINUTE);
    await desk.restart();
    expect(bytes()).toHaveLength(1);
    for (let quarters = 0; quarters < 3; quarters += 1) await desk.advance(15 * MINUTE);
    expect(bytes()).toHaveLength(2);
  });

  it("does not wait for ever because the clock was set back", async () => {
    await queue();
    desk.transport.fail({ at: "data", error: lost() });
    await desk.work();
    desk.clock.advance(-30 * DAY);
    const id = desk.transport.attempts[0]?.messageId ?? "";
    await desk.store.write((tx) =>
      tx.jobs.arm({
        id: `send_mail/${id}`,
        kind: "send_mail",
        lane: "smtp",
        ticketId: null,
        payload: { mailId: id },
        dueAt: desk.clock.now(),
      }),
    );
    await desk.work();
    expect(await phases()).toEqual(["accepted"]);
  });
});

describe("a mailbox of what was sent", () => {
  /** Holds what it is given; `broken` throws instead. */
  class Sent {
    readonly ids = new Set<string>();
    readonly looks: number[] = [];
    broken: Error | null = null;
    async holds(messageId: string): Promise<boolean> {
      this.looks.push(desk.clock.now());
      if (this.broken !== null) throw this.broken;
      return this.ids.has(messageId);
    }
  }

  let sent: Sent;
  beforeEach(async () => {
    await desk.close();
    sent = new Sent();
    desk = await openDesk({ sent });
    await queue();
    desk.transport.fail({ at: "data", error: lost() }, 1, "someone@shop.example");
    await desk.work();
  });
  const keepCopy = () => sent.ids.add(desk.transport.attempts[0]?.messageId ?? "");

  it("that holds the mail ends the doubt without a second sending", async () => {
    keepCopy();
    await desk.advance(2 * MINUTE);
    expect(await phases()).toEqual(["accepted"]);
    await desk.advance(DAY);
    expect(bytes()).toHaveLength(1);
    expect(reports()).toEqual([]);
  });

  it("is looked into again right before the second sending", async () => {
    await desk.advance(2 * MINUTE);
    expect(sent.looks).toHaveLength(1);
    expect(await phases()).toEqual(["data"]);
    keepCopy();
    await desk.advance(14 * MINUTE);
    expect(await phases()).toEqual(["accepted"]);
    expect(bytes()).toHaveLength(1);
  });

  it("that does not hold it lets the mail go out once more, after the wait", async () => {
    await desk.advance(2 * MINUTE);
    await desk.advance(12 * MINUTE);
    expect(bytes()).toHaveLength(1);
    await desk.advance(2 * MINUTE);
    expect(bytes()).toHaveLength(2);
    expect(await phases()).toEqual(["accepted"]);
  });

  it.each([later(), aFailure(AccessError, "imap_auth_failed", "Wrong.")])(
    "that cannot be read is as good as none: $code",
    async (error) => {
      sent.broken = error;
      await desk.advance(2 * MINUTE);
      expect(bytes()).toHaveLength(1);
      await desk.advance(14 * MINUTE);
      expect(bytes()).toHaveLength(2);
      expect(await phases()).toEqual(["accepted"]);
      expect((await desk.store.read((tx) => tx.lanes.find("smtp")))?.state).not.toBe("paused");
    },
  );

  it("ends a second doubt, too", async () => {
    await desk.advance(2 * MINUTE);
    desk.transport.fail({ at: "data", error: lost() }, 1, "someone@shop.example");
    const send = desk.transport.send.bind(desk.transport);
    desk.transport.send = async (message, beforeData) => {
      keepCopy();
      await send(message, beforeData);
    };
    await desk.advance(14 * MINUTE);
    expect(bytes()).toHaveLength(2);
    expect(await phases()).toEqual(["accepted"]);
    expect(await parked()).toEqual([]);
  });

  it("is not asked about a mail that is in no doubt", async () => {
    keepCopy();
    await desk.advance(2 * MINUTE);
    const looks = sent.looks.length;
    await queue("another@shop.example", "other");
    await desk.work();
    expect(sent.looks).toHaveLength(looks);
  });
});

describe("a request that is over before it left", () => {
  it("is dropped, for each approver it had not reached yet", async () => {
    desk.transport.fail({ at: "connect", error: later() }, 2);
    await desk.ask();
    expect(desk.transport.accepted).toEqual([]);
    const ticket = await desk.ticket();
    await desk.store.write((tx) => tx.approvals.closeRound(ticket.id, 1, "superseded"));
    await desk.advance(HOUR);
    expect(desk.mails("approval_request")).toEqual([]);
    const mails = await desk.store.read((tx) => tx.mails.listByTicket(ticket.id));
    expect(mails.map(({ phase }) => phase)).toEqual(["dropped", "dropped"]);
  });

  it("is dropped where it ends while the mail waits for its turn at the server", async () => {
    const send = desk.transport.send.bind(desk.transport);
    desk.transport.send = async (message, beforeData) => {
      const ticket = await desk.ticket();
      await desk.store.write((tx) => tx.approvals.closeRound(ticket.id, 1, "superseded"));
      await send(message, beforeData);
    };
    await desk.ask();
    expect(desk.transport.accepted).toEqual([]);
    const ticket = await desk.ticket();
    const mails = await desk.store.read((tx) => tx.mails.listByTicket(ticket.id));
    expect(mails.map(({ phase }) => phase)).toEqual(["dropped", "dropped"]);
  });

  it("is not dropped after it may have left", async () => {
    desk.transport.fail({ at: "data", error: lost() }, 1, TANAKA);
    await desk.ask();
    const ticket = await desk.ticket();
    await desk.store.write((tx) => tx.approvals.closeRound(ticket.id, 1, "superseded"));
    await desk.advance(16 * MINUTE);
    expect(desk.mails("approval_request", TANAKA)).toHaveLength(1);
  });

  it("is no mail about a decision: those always leave", async () => {
    await desk.ask();
    desk.transport.fail({ at: "connect", error: later() }, 1, SATO);
    await desk.reply("NG");
    await desk.advance(HOUR);
    expect(desk.mails("decision_made", SATO)).toHaveLength(1);
  });
});
