// Whether a server would take a mail, found out without one: the envelope is given and taken back.

import type SMTPConnection from "nodemailer/lib/smtp-connection";
import { PermanentError } from "../domain/errors.ts";
import { quoted, SenderRefusal, settle, toSendError } from "./smtp-session.ts";

/** What nodemailer's own reset() is made of. It has no public command that ends before DATA. */
interface Commands {
  _sendCommand(command: string): void;
  readonly _responseActions: ((reply: string) => void)[];
}

/** Throws as sending does where the server refuses the sender or the recipient. */
export async function tryEnvelope(
  connection: SMTPConnection,
  { from, to }: { readonly from: string; readonly to: string },
  signal: AbortSignal,
): Promise<void> {
  const commands = [`MAIL FROM:<${quoted(from)}>`, `RCPT TO:<${quoted(to)}>`];
  try {
    for (const command of commands) {
      await settle(connection, signal, (done) => ask(connection, command, done));
    }
    await settle(connection, signal, (done) => connection.reset(done));
  } catch (error) {
    connection.close();
    throw toSendError(error as object, to, false);
  }
}

/**
 * Throws what the error of a mail comes to. A stranger's server must not stop all mail by its words: that
 * the sender is refused stands only where `ask`, an envelope from the shop to itself, ends in the same.
 */
export async function judge(error: unknown, ask: () => Promise<void>): Promise<never> {
  if (!(error instanceof SenderRefusal) || error.otherwise === null) throw error;
  try {
    await ask();
  } catch (answer) {
    if (answer instanceof SenderRefusal) throw error;
    if (!(answer instanceof PermanentError)) throw answer;
  }
  throw error.otherwise;
}

function ask(connection: SMTPConnection, command: string, done: (error?: Error) => void): void {
  const { _responseActions: actions } = connection as unknown as Commands;
  (connection as unknown as Commands)._sendCommand(command);
  actions.push((reply) => {
    if (reply.startsWith("2")) return done();
    const [name = ""] = command.split(":");
    const said = { responseCode: Number(reply.slice(0, 3)), response: reply };
    const failure = { ...said, code: "EENVELOPE", command: name };
    done(Object.assign(new Error("the envelope is refused"), failure));
  });
}
