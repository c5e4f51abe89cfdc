// The other end of threaded-reader.ts: reads one mail at a time and says what came of it.

import { parentPort, workerData } from "node:worker_threads";
import { AppError } from "../domain/errors.ts";
import type { ShopAddresses } from "../domain/mail-reading.ts";
import { readRawMail } from "./mail-reader.ts";
import type { ThreadAnswer, ThreadRequest } from "./threaded-reader.ts";

const shop = workerData as ShopAddresses;

async function answer({ id, raw }: ThreadRequest): Promise<ThreadAnswer> {
  try {
    return { id, reading: await readRawMail(raw, shop) };
  } catch (error) {
    // An error's text may quote the mail, which is personal data; an AppError's is ours.
    return error instanceof AppError
      ? { id, code: error.code, message: error.message }
      : { id, code: "unreadable_message", message: "The message cannot be read." };
  }
}

parentPort?.on("message", (request: ThreadRequest) => {
  void answer(request).then((result) => parentPort?.postMessage(result));
});
