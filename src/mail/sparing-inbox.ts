// A mailbox that keeps its connection only where its host has a seat for it, and else is asked now and then
// over one that is closed again.

import { TransientError } from "../domain/errors.ts";
import type { Inbox } from "../ports.ts";
import type { MailHost, Seat } from "./host-seats.ts";
import type { ImapInbox } from "./imap-inbox.ts";
import { rest } from "./imap-waiting.ts";

/** How often a host that allows no further connection is asked again before it is a failure. */
const TRIES = 3;
const FIRST_PAUSE_MS = 2_000;

export function sparingInbox(
  inner: ImapInbox,
  host: MailHost,
  { firstPauseMs = FIRST_PAUSE_MS }: { readonly firstPauseMs?: number } = {},
): ImapInbox {
  let seat: Seat | null = null;
  let hasPolled = false;

  function rise(): void {
    seat?.giveUp();
    seat = null;
  }

  /** The host is not to blame for what it does not allow, and this mailbox has not failed. */
  async function patiently<Result>(
    signal: AbortSignal,
    look: () => Promise<Result>,
  ): Promise<Result> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await look();
      } catch (error) {
        const isRefused = host.isRefusal(error);
        rise();
        if (!isRefused || tries === TRIES || signal.aborted) throw error;
        await rest(firstPauseMs * 2 ** (tries - 1) * (0.5 + host.random()), signal);
        if (signal.aborted) throw new TransientError("imap_aborted");
      }
    }
  }

  async function poll(ms: number, signal: AbortSignal): Promise<void> {
    await inner.hangUp();
    // Those that began together are spread over the whole time, and stay so.
    const share = hasPolled ? 0.9 + 0.1 * host.random() : host.random();
    hasPolled = true;
    await rest(ms * share, signal);
  }

  const list: Inbox["list"] = (request) => patiently(request.signal, () => inner.list(request));
  return {
    ...inner,
    list,
    async wait(ms, signal) {
      if (seat?.mayStay() === false) rise();
      seat ??= host.takeSeat();
      if (seat === null) return poll(ms, signal);
      hasPolled = false;
      try {
        await inner.wait(ms, signal);
      } catch (error) {
        rise();
        throw error;
      }
    },
    async hangUp() {
      rise();
      await inner.hangUp();
    },
    async close() {
      rise();
      await inner.close();
    },
  };
}
