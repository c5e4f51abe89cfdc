// A desk whose inbox is a list of raw messages, and what reading it needs.

import type { ReceiveDeps } from "../../src/jobs/receive-mail.ts";
import { openDesk, type TestDesk } from "../support/desk.ts";
import { NumberedInbox } from "./numbered-inbox.ts";

export async function openReceiving(): Promise<{
  readonly desk: TestDesk;
  readonly inbox: NumberedInbox;
  readonly deps: ReceiveDeps;
}> {
  const desk = await openDesk();
  const inbox = new NumberedInbox();
  const { store, clock, log, reader } = desk;
  return { desk, inbox, deps: { store, inbox, reader, desk: desk.desk, clock, log, since: null } };
}
