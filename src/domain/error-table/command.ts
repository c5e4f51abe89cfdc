// What the operator is told at the command line where something cannot be done as it was typed.

import type { ErrorEntry } from "./entry.ts";

export const COMMAND_ERRORS = {
  bad_configuration: {
    message: "These settings need attention:\n{problems}",
    mend: "Correct them in .env or the environment; .env.example explains each setting.",
  },
  settings_exist: {
    message: "There is a .env here already, and it stays as it is.",
    mend: "Give --force to replace it: the older file is kept beside the new one.",
  },
  settings_unwritable: {
    message: "The settings cannot be written to .env ({why}).",
    mend: "Check that this user may write in this folder, and that the disk is not full.",
  },
  setup_ended: {
    message: "The setup was ended, and nothing was saved.",
    mend: "Run `henkin init` again when you are ready.",
  },
  setup_answer_missing: {
    message: "Nobody can be asked here, and these answers are missing: {what}.",
    mend: "Give them as options, or run this on a terminal; see `henkin init --help`.",
  },
  setup_answer_bad: {
    message: "{what} does not fit ({why}).",
    mend: "Give another value; see `henkin init --help`.",
  },
  setup_check_failed: {
    message: "An answer does not work, and nothing was saved:\n{problems}",
    mend: "Correct the answer, or give --no-check to save it untried.",
  },
  rehearsal_without_history: {
    message: "A rehearsal needs a payment provider's history, and no provider is set.",
    mend: "Put STRIPE_API_KEY or another provider's key into the settings. Payments from a file have no history: try those with DRY_RUN=1 and `henkin run`.",
  },
  bad_user: {
    message: '"{text}" is not the name of a system user.',
    mend: "Give the user's name as the system knows it, such as henkin.",
  },
  unknown_command: {
    message: "There is no command {what}.",
    mend: "See `henkin --help` for all commands.",
  },
  argument_missing: {
    message: "An argument is missing.",
    mend: "See `henkin COMMAND --help` for what the command takes.",
  },
  argument_too_many: {
    message: '"{argument}" is one argument too many.',
    mend: "Leave it out, or put words with spaces between quotation marks.",
  },
  bad_option: {
    message: "The command cannot be read: {why}.",
    mend: "See `henkin COMMAND --help` for its options.",
  },
  bad_ticket_number: {
    message: '"{text}" is not a ticket number.',
    mend: "Give it as 12 or R-12; `henkin tickets` lists them.",
  },
  bad_port: {
    message: '"{text}" is not a port.',
    mend: "Give a number from 1 to 65535; without --port a free one is taken.",
  },
  bad_date: {
    message: '"{text}" is not a date such as 2026-11-21.',
    mend: "Write the date as year, month and day: YYYY-MM-DD.",
  },
  bad_amount: {
    message: '"{text}" is not an amount.',
    mend: "Write the figure alone, such as 2000 or 2,000.",
  },
  bad_amount_in: {
    message: '"{text}" is not an amount in {currency}.',
    mend: "Write the figure alone, with decimals only where the currency has them.",
  },
  amount_out_of_range: {
    message: "The amount must be above 0 and at most what is left of the payment.",
    mend: "See `henkin ticket N` for what is left.",
  },
  amount_missing: {
    message: "The customer asks for a part without a figure.",
    mend: "Give --amount.",
  },
  amount_of_void: {
    message: "A void cancels the whole payment.",
    mend: "Leave --amount out.",
  },
  amount_too_early: {
    message: "A ticket whose refund failed is asked about anew, without an amount.",
    mend: "State the amount when you approve that request.",
  },
  not_by_hand: {
    message: "The ticket does not ask for a transfer by hand.",
    mend: "Leave --by-hand out.",
  },
  only_by_hand: {
    message: "The ticket asks for a bank transfer that staff make.",
    mend: "Approve it with --by-hand, or reject it.",
  },
  bad_address: {
    message: "ADDRESS is not an e-mail address.",
    mend: "Give the address alone, without a name.",
  },
  export_unwritable: {
    message: "{path} cannot be written: {why}.",
    mend: "Choose a file in a folder that you may write to.",
  },
  forget_staff: {
    message: "This is an address of the shop itself, not a customer's.",
    mend: "Leave it as it is; what the shop's own people decided stays in the audit trail. Of who has left, correct STAFF_EMAILS, MANAGER_EMAILS or FORM_FROM first.",
  },
  forget_open: {
    message: "This person has tickets that are not over: {tickets}. Nothing is erased.",
    mend: "Deal with them first, or ask again once their refunds have been final for 45 days.",
  },
  forget_unconfirmed: {
    message: "Nothing is erased yet.",
    mend: "Type it again with --yes to erase this for good.",
  },
  bad_choice: {
    message: "K must be from 0 to 9.",
    mend: "Give the number of a candidate as the request lists them, or 0 for none of these.",
  },
  bad_reference: {
    message: "REF must be the bank's reference, of at most 64 characters.",
    mend: "Copy the reference from the bank's or the processor's screen.",
  },
  bad_status: {
    message: "--status must be one of {statuses}.",
    mend: "Choose one of these words.",
  },
  bad_head: {
    message:
      '--head is the checksum of a summary, number and 64 digits: "120 3f9a…", not "{text}".',
    mend: "Copy the last line of a summary mail, and put it between quotation marks.",
  },
  summary_both: {
    message: "--send mails the summary; --html and --csv write it to a file.",
    mend: "Choose one of the two.",
  },
  summary_ahead: {
    message: "The day of {date} has not begun yet.",
    mend: "Choose an earlier day, or leave --date out.",
  },
  since_missing: {
    message: "--since is missing, so that nobody knows from when on mails are to be looked at.",
    mend: "Say from when on, as in --since 2026-09-01.",
  },
  bad_moment: {
    message: '"{text}" is neither a day nor a time with its zone.',
    mend: "Write it as 2026-09-01 or as 2026-09-01T09:00:00+09:00.",
  },
  bad_period: {
    message: "--since must be before --until, and before now.",
    mend: "Choose another --since or --until.",
  },
  preview_folder: {
    message: "The mails cannot be written to {folder}: {why}.",
    mend: "Give a new or an empty folder: `henkin preview DIR`.",
  },
  rehearsal_writes: {
    message: "A rehearsal was about to pay or to change something, which it never may.",
    mend: "Report it: nothing was paid or changed.",
  },
  bad_audit_verb: {
    message: 'audit knows only "verify".',
    mend: "Type `henkin audit verify`.",
  },
  bad_request_file: {
    message: "--request: {why}.",
    mend: "Give the file of the approval request as raw mail (.eml).",
  },
  bad_quarantine_verb: {
    message: "quarantine takes nothing, or retry or drop and the id of a message.",
    mend: "Say `quarantine`, or `quarantine retry ID` or `quarantine drop ID` with an id of that list.",
  },
  quarantine_id_ambiguous: {
    message: "More than one id begins with {id}.",
    mend: "Give more of its digits.",
  },
  no_message: {
    message: "No message in quarantine has the id {id}.",
    mend: "See `henkin quarantine` for the ids.",
  },
  message_cut: {
    message: "Only the beginning of this message was kept; it lies in the mailbox.",
    mend: "Deal with it by hand.",
  },
  no_database: {
    message: "There is no database at {path}.",
    mend: "Run this in the worker's folder, or set DATABASE_URL.",
  },
  file_unreadable: {
    message: "The file cannot be read ({why}).",
    mend: "Check its name and its permissions.",
  },
  file_too_large: {
    message: "The file has {size} bytes; at most {most} are read.",
    mend: "Split it into parts and import one after the other.",
  },
  no_such_ticket: {
    message: "There is no ticket R-{number}.",
    mend: "See `henkin tickets` for those that there are.",
  },
  no_decision_asked: {
    message: "R-{number} asks for no decision (it is {status}).",
    mend: "See `henkin ticket N` for what it waits for.",
  },
  decision_refused: {
    message: "R-{number} {why}.",
    mend: "See `henkin ticket N` for what is asked now.",
  },
  candidates_open: {
    message: "The ticket lists candidates, and proposes no payment yet.",
    mend: "Choose one first (henkin choose N K).",
  },
  deposit_open: {
    message: "The ticket asks how much was received.",
    mend: "Say that first (henkin received N AMOUNT).",
  },
  no_deposit_asked: {
    message: "The ticket does not ask what was received.",
    mend: "See `henkin ticket N` for what it asks.",
  },
  no_new_attempt: {
    message: "R-{number} cannot be tried again.",
    mend: "See `henkin ticket N`: its refund may still pay, or its payment has nothing left.",
  },
  no_account_awaited: {
    message: "R-{number} does not wait for a bank account (it is {status}).",
    mend: "Leave --account-known out.",
  },
  approved_already: {
    message: "R-{number} is approved already; the worker carries it out.",
    mend: "Nothing is to be done as long as the worker runs; `henkin ticket N` shows how far it is.",
  },
  payout_not_called_off: {
    message: "R-{number} cannot be called off ({why}).",
    mend: "See `henkin ticket N` for what it waits for.",
  },
  no_transfer_awaited: {
    message: "R-{number} waits for no transfer by hand (it is {status}).",
    mend: "See `henkin ticket N`; a refund through the provider is confirmed by the provider alone.",
  },
  paused_start: {
    message: "henkin has started without paying: {why}.",
    mend:
      "Make sure of two things before it pays again: (1) no other henkin may run with a copy of this data; stop " +
      "the one it was copied from, for good. (2) After a restored backup compare `henkin tickets` with " +
      "the refunds in the provider's dashboard. Then run `henkin resume --i-am-the-only-one`.",
  },
  health_port: {
    message: "The port of HEALTH_PORT cannot be had on 127.0.0.1 ({why}).",
    mend: "Choose another port, or stop whoever holds it.",
  },
  demo_failed: {
    message: "The demo expected one mail, to {who}.",
    mend: "Report this: the demo should always work.",
  },
} as const satisfies Record<string, ErrorEntry>;
