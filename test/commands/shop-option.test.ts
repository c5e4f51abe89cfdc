import { expect, it } from "vitest";
import { takeShopOption } from "../../src/commands/shop-option.ts";
import { UsageError } from "../../src/domain/errors.ts";

it.each<[string, string | undefined, string]>([
  ["tickets --shop bakery --json", "bakery", "tickets --json"],
  ["--shop bakery tickets", "bakery", "tickets"],
  ["--shop=bakery ticket 12", "bakery", "ticket 12"],
  ["ticket 12 --shop=bakery", "bakery", "ticket 12"],
  ["tickets", undefined, "tickets"],
  ["shop list", undefined, "shop list"],
  ["init --shop-name x", undefined, "init --shop-name x"],
  ["done 12 -- --shop x", undefined, "done 12 -- --shop x"],
])("%s is about the shop %s", (line, shop, rest) => {
  expect(takeShopOption(line.split(" "))).toEqual({ shop, args: rest.split(" ") });
});

it.each(["tickets --shop", "tickets --shop=", "--shop"])("%s names no shop", (line) => {
  expect(() => takeShopOption(line.split(" "))).toThrow(UsageError);
});
