// One row of the table of errors. The table's head is in ../error-table.ts.

/** What happened and what to do about it, for the operator. `{names}` are filled in where it is thrown. */
export interface ErrorEntry {
  readonly message: string;
  /** Begins with the verb of what to do, or says that nothing is to be done; bears no `{names}`. */
  readonly mend: string;
}

/** One that staff may read in a mail, in the language of their shop. */
export interface StaffEntry extends ErrorEntry {
  readonly ja: string;
}
