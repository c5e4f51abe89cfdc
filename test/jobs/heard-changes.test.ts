import { describe, expect, it } from "vitest";
import { rememberChanges } from "../../src/jobs/heard-changes.ts";

const refunded = { paymentId: "pi_1", event: "evt_1" };
const disputed = { paymentId: "pi_1", event: "evt_2" };
const other = { paymentId: "pi_2", event: "evt_3" };

describe("what a provider tells", () => {
  it("is news once, and again when something more has happened", () => {
    const heard = rememberChanges();
    expect(heard.news("stripe", 10, [refunded])).toEqual([refunded]);
    heard.note("stripe", 20, [refunded]);
    expect(heard.news("stripe", 20, [refunded, other])).toEqual([other]);
    expect(heard.news("stripe", 20, [disputed])).toEqual([disputed]);
  });

  it.each([
    ["was never saved", 10],
    ["was overtaken by a later one", 30],
  ])("is news as long as the look that read it %s", (_name, savedAt) => {
    const heard = rememberChanges();
    heard.note("stripe", 20, [refunded]);
    expect(heard.news("stripe", savedAt, [refunded])).toEqual([refunded]);
  });

  it("says nothing about another provider", () => {
    const heard = rememberChanges();
    heard.note("stripe", 20, [refunded]);
    expect(heard.news("smartpay", 20, [refunded])).toEqual([refunded]);
  });
});
