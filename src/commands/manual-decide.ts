import { type CommandGroup, later } from "./command.ts";

const APPROVE_DETAILS = [
  "What it does depends on the ticket (see `henkin ticket N`):",
  "- A request is open: it is approved, in full or with --amount. One for a transfer by hand needs",
  "  --by-hand, so that it is not taken for another; an approver is then asked to transfer.",
  "- A refund's outcome stays unknown: the same call is made once more, if the refund is absent.",
  "- A refund was stopped because its payment has changed: the approvers are asked anew, once it is",
  "  certain that it was not made.",
  "- A refund has failed: the approvers are asked anew, with --by-hand for a transfer.",
  "- A transfer is approved, and henkin has asked the customer for the bank account: with",
  "  --account-known an approver is asked to transfer to the account that staff know. At any other",
  "  time the option is of no use.",
].join("\n");

export const DECIDE: CommandGroup = {
  title: "Decide",
  commands: [
    {
      name: "approve",
      usage: "N [--amount A] [--by-hand] [--account-known]",
      summary: "approve what ticket N proposes; the worker pays",
      details: APPROVE_DETAILS,
      options: {
        "--amount A": "another amount, of at most what is left of the payment; yen without a comma",
        "--by-hand": "a bank transfer that staff make; after a failed refund: ask for one",
        "--account-known": "go on without the customer's bank account, because staff know it",
      },
      examples: [
        "henkin approve 12                   # what the ticket proposes",
        "henkin approve 12 --amount 2000",
        "henkin approve R-12 --by-hand",
      ],
      run: later(async () => (await import("./decisions.ts")).approve),
    },
    {
      name: "reject",
      usage: "N",
      summary: "decline ticket N; the customer is told",
      details: [
        "Also where a refund was stopped because its payment has changed. Where a transfer by hand was asked",
        "for, it is called off.",
      ].join("\n"),
      examples: ["henkin reject 12"],
      run: later(async () => (await import("./decisions.ts")).reject),
    },
    {
      name: "choose",
      usage: "N K",
      summary: "choose candidate K of ticket N; 0: none of them",
      details: "The approvers are then asked about that payment. After 0 the customer is asked.",
      examples: ["henkin choose 12 2", "henkin choose 12 0                  # none of them"],
      run: later(async () => (await import("./decisions.ts")).choose),
    },
    {
      name: "received",
      usage: "N AMOUNT",
      summary: "AMOUNT was received in all for ticket N, which asks for that; 0: nothing",
      details: "A request with the amount to give back follows. 0 ends the ticket.",
      examples: ["henkin received 12 2500", "henkin received 12 0"],
      run: later(async () => (await import("./decisions.ts")).received),
    },
    {
      name: "done",
      usage: "N REF",
      summary: "staff gave back what ticket N asked them to; the customer is told",
      details: [
        "By a bank transfer, or in the processor's own screen. REF is the bank's or the processor's reference,",
        "of at most 64 characters.",
      ].join("\n"),
      examples: ["henkin done 12 20261122-0001", 'henkin done 12 "みずほ 11/22 第3号"'],
      run: later(async () => (await import("./decisions.ts")).done),
    },
  ],
};
