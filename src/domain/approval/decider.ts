// Who decided, as the records name him: an approver's address, `cli:<os user>`, or
// `imap-folder:<address>` where the request to that address was moved into a folder.

const OPERATOR = "cli:";
const FOLDER = "imap-folder:";

export function folderDecider(approver: string): string {
  return `${FOLDER}${approver}`;
}

export function isOperator(decider: string): boolean {
  return decider.startsWith(OPERATOR);
}

/** The answer came by mail, so that what vouches for its sender matters. */
export function isByMail(decider: string): boolean {
  return !isOperator(decider) && !decider.startsWith(FOLDER);
}

/** The approver's address; of an operator the name itself. */
export function approverOf(decider: string): string {
  return decider.startsWith(FOLDER) ? decider.slice(FOLDER.length) : decider;
}

/**
 * Whether two decisions may be one person's. Who can log in to the mailbox moves every mail in it, also
 * the request to somebody else: beside an answer by mail, a move proves no second person.
 */
export function isSameDecider(one: string, other: string): boolean {
  if (approverOf(one) === approverOf(other)) return true;
  const isMoved = one.startsWith(FOLDER) || other.startsWith(FOLDER);
  return isMoved && !isOperator(one) && !isOperator(other);
}

/** Whether the two are one mailbox: many servers deliver taro+shop@ to taro@. */
export function isSameMailbox(one: string, other: string | null): boolean {
  const bare = (address: string) => address.toLowerCase().replace(/\+[^@]*(?=@)/, "");
  return other !== null && bare(one) === bare(other);
}
