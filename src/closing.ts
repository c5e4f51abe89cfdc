// What is opened one after the other, and closed the last first.

export type Close = () => Promise<unknown>;

export async function closeAll(opened: readonly Close[]): Promise<void> {
  for (const close of [...opened].reverse()) await close();
}

/** `open` fills what is to be closed; where it throws, that is done before the error is. */
export async function openAll<Result>(open: (opened: Close[]) => Promise<Result>): Promise<Result> {
  const opened: Close[] = [];
  try {
    return await open(opened);
  } catch (error) {
    // A connection to a server would keep the process from its end.
    await closeAll(opened);
    throw error;
  }
}
