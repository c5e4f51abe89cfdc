// Whether a mail that belongs to no ticket names a person: a summary, or a task of staff.

export interface NamedPerson {
  /** Lower case. */
  readonly address: string;
  /** As requests give them: whoever wrote one may have called himself 「返金」. */
  readonly names: readonly string[];
  /** "R-12" */
  readonly references: readonly string[];
}

/** Under these a line names somebody; any other word is the mail's own. */
const OF_PEOPLE = ["counterparty", "requester", "customer", "payer", "from"];
const OF_ADDRESS = /[^\s<>()"',:;、。「」（）]+@[^\s<>()"',:;、。「」（）]+/g;

/** `words` is the mail's JSON. Only whole values are names, and not in another ticket's line. */
export function namesPerson(words: unknown, person: NamedPerson): boolean {
  if (typeof words === "string") return addressesIn(words).includes(person.address);
  if (words === null || typeof words !== "object") return false;
  const values = Object.values(words);
  return values.some((value) => namesPerson(value, person)) || isNamed(words, person);
}

function addressesIn(text: string): string[] {
  return Array.from(text.matchAll(OF_ADDRESS), ([address]) => address.toLowerCase());
}

function isNamed(line: object, { names, references }: NamedPerson): boolean {
  const fields = Object.entries(line);
  const reference = fields.find(([key]) => key === "ticket" || key === "reference")?.[1];
  if (typeof reference === "string" && reference !== "" && !references.includes(reference)) {
    return false;
  }
  return fields.some(([key, value]) => OF_PEOPLE.includes(key) && names.includes(value));
}
