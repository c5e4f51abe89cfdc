// What keeps a reader that has lost its mailbox from writing.

import { TransientError } from "../domain/errors.ts";
import type { Store } from "../store-port.ts";

/** The same store; where the mailbox is another's by now its writes throw `mailbox_lost`, and change nothing. */
export function fenced(
  store: Store,
  hold: { readonly run: string; readonly token: number },
): Store {
  return {
    ...store,
    write: (work) =>
      store.write(async (tx) => {
        if (!(await tx.mailboxHold.holds(hold))) throw new TransientError("mailbox_lost");
        return work(tx);
      }),
  };
}
