// Whether a server would take a mail, found out without one: the envelope is given and taken back.

import type SMTPConnection from "nodemailer/lib/smtp-connection";
import { quoted, settle, toSendError } from "./smtp-session.ts";

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
    throw toSendError(error as object, false);
  }
}

function ask(connection: SMTPConnection, command: string, done: (error?: Error) => void): void {
  const { _responseActions: actions } = connection as unknown as Commands;
  (connection as unknown as Commands)._sendCommand(command);
  actions.push((reply) => {
    if (reply.startsWith("2")) return done();
    const [name = ""] = command.split(":");
    const failure = { responseCode: Number(reply.slice(0, 3)), code: "EENVELOPE", command: name };
    done(Object.assign(new Error("the envelope is refused"), failure));
  });
}
