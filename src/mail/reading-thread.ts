// The other end of threaded-reader.ts: reads one mail at a time and says what came of it.

import { parentPort } from "node:worker_threads";
import { AppError } from "../domain/errors.ts";
import { readRawMail } from "./mail-reader.ts";
import { MAIL_FAULTS, type ThreadAnswer, type ThreadRequest } from "./threaded-reader.ts";

async function answer({ id, raw, shop }: ThreadRequest): Promise<ThreadAnswer> {
  try {
    return { id, reading: await readRawMail(raw, shop) };
  } catch (error) {
    // Only its name: an error's text may quote the mail, which is personal data.
    const entry = error instanceof AppError ? error.entry : null;
    return { id, fault: MAIL_FAULTS.find((fault) => fault === entry) ?? "unreadable_message" };
  }
}

let last: Promise<unknown> = Promise.resolve();

parentPort?.postMessage("ready" satisfies ThreadAnswer);

// One after the other: whoever waits counts the time of the first that has no answer.
parentPort?.on("message", (request: ThreadRequest) => {
  last = last.then(async () => parentPort?.postMessage(await answer(request)));
});
