import { expect, it } from "vitest";
import { PermanentError } from "../src/domain/errors.ts";
import { shopEnvironment } from "../src/shop-environment.ts";
import { createShopSeal } from "../src/shop-seal.ts";

const DATA_KEY = Buffer.alloc(32, 7);
const KEY = Buffer.alloc(32, 9);
const SETTINGS = { SHOP_NAME: "パン屋", STRIPE_API_KEY: "sk_test_1" };
const seal = createShopSeal(DATA_KEY);

it("opens what it has sealed", () => {
  expect(Buffer.from(seal.openKey("bakery", seal.sealKey("bakery", KEY)))).toEqual(KEY);
  const sealed = seal.sealSettings("bakery", SETTINGS);
  expect(Buffer.from(sealed, "base64").toString("latin1")).not.toContain("sk_test");
  expect(seal.openSettings("bakery", sealed)).toEqual(SETTINGS);
});

it.each<[string, () => unknown]>([
  ["a key in another shop's row", () => seal.openKey("cellar", seal.sealKey("bakery", KEY))],
  [
    "settings in another shop's row",
    () => seal.openSettings("cellar", seal.sealSettings("bakery", SETTINGS)),
  ],
  [
    "settings in the place of the key",
    () => seal.openKey("bakery", seal.sealSettings("bakery", SETTINGS)),
  ],
  [
    "what another DATA_KEY sealed",
    () => createShopSeal(KEY).openKey("bakery", seal.sealKey("bakery", KEY)),
  ],
])("does not open %s", (_what, open) => {
  expect(open).toThrow(PermanentError);
  expect(open).toThrow(expect.objectContaining({ code: "shop_sealed_otherwise" }));
});

it("gives a shop nothing of the shop of .env but what is of the process", () => {
  const env = {
    ...{ DATABASE_URL: "db", DATA_KEY: "k", LOG_LEVEL: "warn", NO_COLOR: "1" },
    ...{ SHOP_NAME: "env", STRIPE_API_KEY: "sk_live_env", INBOX_URL_FILE: "inbox" },
  };
  expect(shopEnvironment(env, "bakery", SETTINGS)).toEqual({
    ...{ DATABASE_URL: "db", DATA_KEY: "k", LOG_LEVEL: "warn", NO_COLOR: "1" },
    ...SETTINGS,
    HENKIN_SHOP: "bakery",
  });
});
