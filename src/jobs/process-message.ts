// Understands a stored message that was not understood in the commit that stored it: a signature may have to
// be looked at, others wait in front of it, or something went wrong.

import { isWorthVerifying } from "../domain/approval/approver.ts";
import { type DkimSignature, isSigned, UNANSWERED } from "../domain/approval/dkim.ts";
import { TransientError } from "../domain/errors.ts";
import { domainOf, type MailMessage } from "../domain/mail-message.ts";
import type { MailReading } from "../domain/mail-reading.ts";
import type { Clock, MailReader, SignatureVerifier } from "../ports.ts";
import type { StoredMessage } from "../store-port.ts";
import { approverRules, type Desk } from "../ticket/desk.ts";
import { DONE, defineJob, type RunnableJob } from "./job.ts";
import { createRoom } from "./room.ts";
import { type ReadMessage, understand } from "./understand.ts";

export interface ProcessDeps {
  readonly desk: Desk;
  readonly clock: Clock;
  readonly reader: MailReader;
  readonly verifier: SignatureVerifier;
  readonly findMessage: (pk: string) => Promise<StoredMessage | undefined>;
  /** Who was asked for a bank account by the mail of ours that this answers; see account-payer.ts. */
  readonly findAccountPayer: (message: MailMessage) => Promise<string | null>;
}

/** Many are understood side by side, and a mail may have 25 MB. */
const RAW_BYTES_AT_ONCE = 8 * 1024 * 1024;

export function processMessage(deps: ProcessDeps): RunnableJob {
  const { desk } = deps;
  const room = createRoom(RAW_BYTES_AT_ONCE);
  return defineJob<{ readonly pk: string }, ReadMessage | null>({
    read: async (_tx, { payload }) => ({ pk: payload["messagePk"] ?? "" }),
    act: ({ pk }, { payload, attempt }) =>
      // Jobs of an older version do not say the size.
      room.use(Number(payload["size"] ?? 0), async () => {
        const stored = await deps.findMessage(pk);
        if (stored?.state !== "new") return null;
        const { raw, receivedAt } = stored;
        const reading = await deps.reader.read(raw);
        const signatures = await signaturesOf(deps, reading, raw, attempt);
        return { ...reading, pk, receivedAt, signatures };
      }),
    hasAsked: (read) => read !== null,
    async commit(tx, _job, _input, read) {
      if (read !== null) await understand(tx, desk, read);
      return DONE;
    },
  });
}

/** Some half an hour; an answer that still cannot be verified then is explained to its author. */
const DNS_REPEATS_MAX = 12;
/** Whatever comes after it waits meanwhile; staff hear of an account that cannot be verified. */
const DNS_REPEATS_OF_PAYER_MAX = 2;

/** Whose signature would decide something. Nobody else may make us ask the DNS: his own may never answer. */
function signersOf({ shop }: Desk, { message, bankAccount }: MailReading) {
  // A command needs an authenticated sender even where answers need only a code, and so does a bank
  // account.
  const rules = { ...approverRules(shop), mode: "authenticated" as const };
  const senders = message.from.map(({ address }) => address);
  return {
    senders,
    isOfStaff: isWorthVerifying(message, rules),
    mayBeOfPayer:
      bankAccount !== null && isWorthVerifying(message, { ...rules, approvers: senders }),
  };
}

/** Whether nothing outside has to be asked before the mail is understood. */
export function needsNoSignature(desk: Desk, reading: MailReading): boolean {
  const { isOfStaff, mayBeOfPayer } = signersOf(desk, reading);
  return !isOfStaff && !mayBeOfPayer;
}

async function signaturesOf(
  { desk, verifier, findAccountPayer }: ProcessDeps,
  reading: MailReading,
  raw: Uint8Array,
  attempt: number,
): Promise<readonly DkimSignature[]> {
  const { message } = reading;
  const { senders, isOfStaff, mayBeOfPayer } = signersOf(desk, reading);
  const isOfPayer = mayBeOfPayer && senders.includes((await findAccountPayer(message)) ?? "");
  if (!isOfStaff && !isOfPayer) return [];
  const repeatsMax = isOfStaff ? DNS_REPEATS_MAX : DNS_REPEATS_OF_PAYER_MAX;
  const signatures = await verifier.verify(raw, domainOf(message.from[0]?.address ?? ""));
  if (attempt < repeatsMax && isSigned(message, signatures).reason === UNANSWERED) {
    throw new TransientError("dkim_dns");
  }
  return signatures;
}
