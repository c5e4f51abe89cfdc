// What the mailboxes of one host share: few connect at once, a limited number keep their connection.

import { describe, expect, it } from "vitest";
import { TransientError } from "../../src/domain/errors.ts";
import { createHostSeats } from "../../src/mail/host-seats.ts";
import type { ImapInbox } from "../../src/mail/imap-inbox.ts";
import { sparingInbox } from "../../src/mail/sparing-inbox.ts";

const never = new AbortController().signal;
const HOUR = 60 * 60_000;
const refused = () => new TransientError("imap_too_many_connections");

function open({ most = 2, atOnce = 12 } = {}) {
  let now = 0;
  const seats = createHostSeats({ most, atOnce, now: () => now, random: () => 0.5 });
  return {
    mailbox: (host = "mail.example") => seats.of(host),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

const fail = (host: ReturnType<ReturnType<typeof open>["mailbox"]>) =>
  host.connect(never, () => Promise.reject(refused())).catch(() => undefined);

describe("the seats at a mail host", () => {
  it("are so many, for each host, and free again once given up", () => {
    const { mailbox } = open();
    const seats = [mailbox().takeSeat(), mailbox().takeSeat()];
    expect(mailbox().takeSeat()).toBeNull();
    expect(mailbox("other.example").takeSeat()).not.toBeNull();
    seats[0]?.giveUp();
    seats[0]?.giveUp();
    expect(mailbox().takeSeat()).not.toBeNull();
    expect(mailbox().takeSeat()).toBeNull();
  });

  it("are refused for a while to a mailbox that the host has refused, and to no other", async () => {
    const { mailbox, pass } = open();
    const [one, other] = [mailbox(), mailbox()];
    await fail(one);
    expect(one.takeSeat()).toBeNull();
    expect(other.takeSeat()).not.toBeNull();
    pass(HOUR);
    expect(one.takeSeat()).not.toBeNull();
  });

  it("become fewer where several mailboxes are refused, and come back one after the other", async () => {
    const { mailbox, pass } = open({ most: 20 });
    const kept = Array.from({ length: 10 }, () => mailbox().takeSeat());
    for (const host of [mailbox(), mailbox(), mailbox()]) await fail(host);
    expect(kept.every((seat) => seat?.mayStay())).toBe(false);
    kept[0]?.giveUp();
    kept[1]?.giveUp();
    expect(kept[2]?.mayStay()).toBe(true);
    expect(mailbox().takeSeat()).toBeNull();
    pass(HOUR);
    expect(mailbox().takeSeat()).not.toBeNull();
    expect(mailbox().takeSeat()).toBeNull();
  });

  it("are reached by a few at once", async () => {
    const { mailbox } = open({ atOnce: 3 });
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 20 }, () => mailbox().connect(never, work)));
    expect(most).toBe(3);
    await expect(mailbox().connect(AbortSignal.abort(), work)).rejects.toMatchObject({
      code: "imap_aborted",
    });
  });
});

describe("a sparing inbox", () => {
  function inner() {
    const calls: string[] = [];
    const inbox = {
      mailbox: "imap://u@mail.example/INBOX",
      defaultSince: "first-start",
      hasOrder: true,
      failures: 0,
      async list() {
        calls.push("list");
        if (inbox.failures-- > 0) throw refused();
        return { generation: "1", keys: [], lastKey: "0" };
      },
      async *fetch() {},
      wait: async () => void calls.push("wait"),
      hangUp: async () => void calls.push("hangUp"),
      close: async () => void calls.push("close"),
      folder: () => {
        throw new Error("there is none");
      },
    };
    return { calls, inbox };
  }
  const request = { cursor: null, full: false, since: null, signal: never };

  it("keeps its connection where it has a seat, and closes it after each look where it has none", async () => {
    const { mailbox } = open({ most: 1 });
    const [one, other] = [inner(), inner()];
    const kept = sparingInbox(one.inbox as unknown as ImapInbox, mailbox());
    const polled = sparingInbox(other.inbox as unknown as ImapInbox, mailbox());
    await kept.wait(1, never);
    await polled.wait(1, never);
    expect([one.calls, other.calls]).toEqual([["wait"], ["hangUp"]]);
    await kept.hangUp();
    await polled.wait(1, never);
    expect(other.calls).toEqual(["hangUp", "wait"]);
  });

  it("asks again where the host allows no further connection, and polls then", async () => {
    const { mailbox } = open();
    const { calls, inbox } = inner();
    inbox.failures = 1;
    const sparing = sparingInbox(inbox as unknown as ImapInbox, mailbox(), { firstPauseMs: 1 });
    expect(await sparing.list(request)).toMatchObject({ keys: [] });
    expect(calls).toEqual(["list", "list"]);
    inbox.failures = 9;
    await expect(sparing.list(request)).rejects.toMatchObject({
      code: "imap_too_many_connections",
    });
  });
});
