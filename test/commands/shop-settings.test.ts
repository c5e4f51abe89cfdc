import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { checkShops } from "../../src/commands/shop-settings.ts";
import { ConfigError } from "../../src/domain/errors.ts";

const GOOD = {
  ...{ SHOP_NAME: "パン屋", SHOP_EMAIL: "shop@bakery.example" },
  ...{ STAFF_EMAILS: "staff@bakery.example", MANAGER_EMAILS: "boss@bakery.example" },
  ...{ INBOX_URL: "maildir:in", OUTBOX_URL: "maildir:out", SANDBOX_PAYMENTS: "payments.json" },
};
/** Of the shop of .env; none of it may count for another. */
const ENV = { STRIPE_API_KEY: "sk_test_env", SHOP_NAME: "env", DRY_RUN: "1" };

const check = (shops: { id: unknown; given: unknown }[], needsProvider = true) =>
  checkShops(shops, { env: ENV, directory: tmpdir(), needsProvider });

function problemsOf(shops: { id: unknown; given: unknown }[]): readonly string[] {
  try {
    check(shops);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const problemsIn = (change: object) =>
  problemsOf([{ id: "bakery", given: { ...GOOD, ...change } }]);

it("takes what .env would take, as texts", () => {
  const given = { ...GOOD, DRY_RUN: true, POLL_SECONDS: 5, ORDER_URL: null };
  expect(check([{ id: "bakery", given }])).toEqual([
    { id: "bakery", settings: { ...GOOD, DRY_RUN: "1", POLL_SECONDS: "5" } },
  ]);
});

it("tells every problem of every shop at once, by shop and setting", () => {
  const { SHOP_NAME, ...nameless } = GOOD;
  const problems = problemsOf([
    { id: "bakery", given: { ...GOOD, POLL_SECONDS: "often", SHOP_EMAIL: "nobody" } },
    { id: "cellar", given: nameless },
  ]);
  expect(SHOP_NAME).toBeDefined();
  expect(problems).toHaveLength(3);
  expect(problems).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^bakery: POLL_SECONDS: /),
      expect.stringMatching(/^bakery: SHOP_EMAIL: /),
      "cellar: SHOP_NAME: is required",
    ]),
  );
});

it.each(["DATABASE_URL", "DATA_KEY", "LOG_LEVEL", "HEALTH_PORT", "HEARTBEAT_URL", "HENKIN_SHOP"])(
  "refuses %s, which is of the process",
  (name) => {
    expect(problemsIn({ [name]: "x" })).toEqual([
      `bakery: ${name}: is of the whole process; it stands in .env alone`,
    ]);
  },
);

it("refuses a name that is no setting, and tells the nearest", () => {
  expect(problemsIn({ STRIPE_API_KEI: "sk_test_1" })).toEqual([
    "bakery: STRIPE_API_KEI: is no setting. Did you mean STRIPE_API_KEY?",
  ]);
  expect(problemsIn({ COLOUR: "red" })).toEqual(["bakery: COLOUR: is no setting"]);
});

it("refuses a secret in a file", () => {
  expect(problemsIn({ STRIPE_API_KEY_FILE: "key" })).toEqual([
    "bakery: STRIPE_API_KEY_FILE: a shop's secrets are kept sealed; give the value itself as STRIPE_API_KEY",
  ]);
  expect(problemsIn({ DATA_KEY_FILE: "key" })[0]).toContain("of the whole process");
});

it("lets nothing of the shop of .env fill in what is missing", () => {
  const { SANDBOX_PAYMENTS, ...unpaid } = GOOD;
  expect(SANDBOX_PAYMENTS).toBeDefined();
  expect(problemsOf([{ id: "bakery", given: unpaid }])).toEqual([
    expect.stringMatching(/^bakery: STRIPE_API_KEY: is required/),
  ]);
  expect(check([{ id: "bakery", given: unpaid }], false)).toHaveLength(1);
});

it.each<[unknown, RegExp]>([
  [undefined, /^shop 1 of the list: its id is missing$/],
  ["", /^: the id must be lower-case/],
  ["Bakery", /^Bakery: the id must be lower-case/],
  ["-bakery", /the id must be/],
  ["a/b", /the id must be/],
  ["a".repeat(41), /the id must be/],
  ["shop", /^shop: is the id of the shop of \.env$/],
])("refuses the id %j", (id, problem) => {
  expect(problemsOf([{ id, given: GOOD }])).toEqual([expect.stringMatching(problem)]);
});

it("refuses the same id twice, and what is no object", () => {
  expect(
    problemsOf([
      { id: "bakery", given: GOOD },
      { id: "bakery", given: GOOD },
      { id: "cellar", given: ["SHOP_NAME"] },
    ]),
  ).toEqual(["bakery: is in the list twice", "cellar: its settings are not a JSON object"]);
});
