import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSigner } from "../src/signer.ts";

const KEY = Buffer.alloc(32, 1);
const signer = createSigner(KEY);

describe("a derived identifier", () => {
  it("is the same on every copy that has the key", () => {
    expect(signer.derive("key", "pi_679", 1)).toBe(createSigner(KEY).derive("key", "pi_679", 1));
    expect(signer.derive("key", "pi_679", 1)).toMatch(/^[0-9a-f]{64}$/);
  });

  it("never changes from one version to the next", () => {
    // Else an upgrade would invent new keys for refunds whose outcome is unknown.
    expect(signer.derive("key", "pi_679", 1)).toBe(
      "0ad58af1469d1c2e2fee96d9ad1ee855c309897fc9d1588332992e3d4464fdef",
    );
  });

  it.each([
    ["another key", createSigner(Buffer.alloc(32, 2)).derive("key", "pi_679", 1)],
    ["another purpose", signer.derive("code", "pi_679", 1)],
    ["another part", signer.derive("key", "pi_679", 2)],
    ["a part as text", signer.derive("key", "pi_679", "1")],
    ["one part more", signer.derive("key", "pi_679", 1, "")],
    ["parts that run together", signer.derive("key", "pi_6791")],
    ["the purpose in a part", signer.derive('key","pi_679', 1)],
  ])("differs with %s", (_name, other) => {
    expect(signer.derive("key", "pi_679", 1)).not.toBe(other);
  });

  it("keeps the borders between its parts", () => {
    const parts = fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const isSame = JSON.stringify(one) === JSON.stringify(other);
        expect(signer.derive("p", ...one) === signer.derive("p", ...other)).toBe(isSame);
      }),
    );
  });
});

it("a digest is SHA-256, without the key", () => {
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  expect(signer.digest(Buffer.from("abc"))).toBe(abc);
});
