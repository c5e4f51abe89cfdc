import { describe, expect, it } from "vitest";
import { type HeardChanges, rememberChanges } from "../../src/jobs/heard-changes.ts";
import type { PaymentChange } from "../../src/ports.ts";

const refunded = { paymentId: "pi_1", events: ["evt_1"] };
const other = { paymentId: "pi_2", events: ["evt_3"] };

/** A look that began then has read these, and is saved. */
function save(heard: HeardChanges, lookedAt: number, ...read: PaymentChange[]): void {
  heard.hear("stripe", -1, read).keep(lookedAt, new Set(read.map(({ paymentId }) => paymentId)));
}

const news = (heard: HeardChanges, savedAt: number, ...told: PaymentChange[]) =>
  heard.hear("stripe", savedAt, told).news;

describe("what a provider tells", () => {
  it("is news once, and again when something more has happened", () => {
    const heard = rememberChanges();
    expect(news(heard, 10, refunded)).toEqual([refunded]);
    save(heard, 20, refunded);
    expect(news(heard, 20, refunded, other)).toEqual([other]);
    for (const events of [
      ["evt_2", "evt_1"],
      ["evt_1", "evt_2"],
    ]) {
      const more = { paymentId: "pi_1", events };
      expect(news(heard, 20, more)).toEqual([more]);
    }
  });

  it("is none any more when the first of several is too long ago to be told", () => {
    const heard = rememberChanges();
    save(heard, 20, { paymentId: "pi_1", events: ["evt_2", "evt_1"] });
    expect(news(heard, 20, { paymentId: "pi_1", events: ["evt_2"] })).toEqual([]);
  });

  it("stays known from look to look", () => {
    const heard = rememberChanges();
    save(heard, 20, refunded);
    heard.hear("stripe", 20, [refunded, other]).keep(30, new Set());
    expect(news(heard, 30, refunded, other)).toEqual([other]);
  });

  it.each([
    ["was never saved", 10],
    ["was overtaken by a later one", 30],
  ])("is news as long as the look that read it %s", (_name, savedAt) => {
    const heard = rememberChanges();
    save(heard, 20, refunded);
    expect(news(heard, savedAt, refunded)).toEqual([refunded]);
  });

  it("is news where a job of its own may have saved an older copy", () => {
    const heard = rememberChanges();
    save(heard, 20, refunded);
    heard.forget("stripe", "pi_1");
    expect(news(heard, 20, refunded)).toEqual([refunded]);
  });

  it("is news where that happened during a look that did not read it", () => {
    const heard = rememberChanges();
    save(heard, 20, refunded);
    const look = heard.hear("stripe", 20, [refunded]);
    heard.forget("stripe", "pi_1");
    look.keep(30, new Set());
    expect(news(heard, 30, refunded)).toEqual([refunded]);
  });

  it("is news where another look was saved during one that did not read it", () => {
    const heard = rememberChanges();
    save(heard, 20, refunded);
    const look = heard.hear("stripe", 20, [refunded]);
    save(heard, 15, refunded);
    look.keep(30, new Set());
    expect(news(heard, 30, refunded)).toEqual([refunded]);
  });

  it("says nothing about another provider", () => {
    const heard = rememberChanges();
    save(heard, 20, refunded);
    expect(heard.hear("smartpay", 20, [refunded]).news).toEqual([refunded]);
  });
});
