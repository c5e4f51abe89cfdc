// By what a shop is named in the rows, in the log and at the command line.

/** The shop whose settings are in .env. */
export const ENV_SHOP = "shop";

/** It stands in file names and in labels of metrics. */
export const SHOP_ID = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

export const SHOP_ID_PROBLEM =
  "must be lower-case letters, digits and hyphens between them, 40 at most";
