import { describe, expect, it } from "vitest";
import { createVault } from "../src/vault.ts";

const KEY = Buffer.alloc(32, 1);
const vault = createVault(KEY);

describe("a sealed text", () => {
  it("is read again with the same key, and looks different every time", () => {
    const sealed = vault.seal("口座番号 1234567", "R-1");
    expect(createVault(KEY).open(sealed, "R-1")).toBe("口座番号 1234567");
    expect(vault.seal("口座番号 1234567", "R-1")).not.toBe(sealed);
    expect(Buffer.from(sealed, "base64").includes("1234567")).toBe(false);
  });

  it.each([
    ["about something else", (sealed: string) => vault.open(sealed, "R-2")],
    ["with another key", (sealed: string) => createVault(Buffer.alloc(32, 2)).open(sealed, "R-1")],
    ["after a change", (sealed: string) => vault.open(`AAAA${sealed.slice(4)}`, "R-1")],
    ["cut short", (sealed: string) => vault.open(sealed.slice(0, 8), "R-1")],
    ["where it is empty", () => vault.open("", "R-1")],
  ])("is nothing %s", (_how, open) => {
    expect(open(vault.seal("1234567", "R-1"))).toBeNull();
  });
});
