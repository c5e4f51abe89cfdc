// What the operator is told of shops that are rows, and of the key that seals them.

import type { ErrorEntry } from "./entry.ts";

export const SHOP_ERRORS = {
  unknown_shop: {
    message: "There is no shop {what}.",
    mend: "See `henkin shop list` for all shops.",
  },
  shop_unclear: {
    message: "There are several shops here: {what}.",
    mend: "Say which with --shop ID, or with HENKIN_SHOP in the environment.",
  },
  shop_of_all: {
    message: "This command is about all shops at once.",
    mend: "Leave --shop out.",
  },
  shop_exists: {
    message: 'The shop "{id}" is here already.',
    mend: "Use `henkin shop import` to change its settings.",
  },
  shop_removed: {
    message: 'The shop "{id}" was removed.',
    mend: "Use `henkin shop add` with its settings to bring it back.",
  },
  shop_of_env: {
    message: '"shop" is the shop whose settings are in .env.',
    mend: "Choose another ID for a new shop; correct that one's settings in .env.",
  },
  shop_has_refunds: {
    message: 'The shop "{id}" has refunds that are not over ({number}), and stays as it is.',
    mend: "Look at them with `henkin tickets --shop ID`, and remove the shop once they are over; `henkin shop pause` keeps it from work until then.",
  },
  shop_gone: {
    message: 'The database has no shop "{id}".',
    mend: "See `henkin shop list` for all shops.",
  },
  shop_sealed_otherwise: {
    message: 'What is sealed of the shop "{id}" does not open with this DATA_KEY.',
    mend: "Put the DATA_KEY there with which it was written, or restore a backup with `henkin restore`.",
  },
  shop_file: {
    message: "The settings cannot be read from {path} ({why}).",
    mend: "Give a file of JSON: one object of settings for `add`, an array of such objects with an id for `import`.",
  },
  bad_shop_verb: {
    message: '"{text}" is nothing that can be done with a shop.',
    mend: "Use add, import, list, show, pause, resume or remove.",
  },
  rekey_needs_key: {
    message: "DATA_KEY is a setting here, and the new key is not given.",
    mend: "Put a new key into NEW_DATA_KEY (openssl rand -base64 32).",
  },
  rekey_without_key: {
    message: "Nothing was sealed with a key here yet.",
    mend: "Run henkin once first; a new key is of no use before.",
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;
