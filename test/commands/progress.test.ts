import { describe, expect, it } from "vitest";
import { type ProgressOutput, progress } from "../../src/commands/progress.ts";

function watch(label: string, total: number | null, output: Omit<ProgressOutput, "write">) {
  const written: string[] = [];
  let now = 1_000;
  const bar = progress(label, total, { ...output, write: (text) => written.push(text) }, () => now);
  return {
    written,
    end: () => bar.end(),
    work(count: number, ms: number) {
      now += ms;
      bar.advance(count);
    },
  };
}

describe("on a terminal", () => {
  const terminal = { isTTY: true, columns: 80 };

  it("shows how much is done, on one line that is gone at the end", () => {
    const { written, work, end } = watch("Reading lines", 200, terminal);
    work(50, 300);
    work(50, 300);
    end();
    const [first = "", second = "", last] = written;
    expect(first).toBe("Reading lines  [######------------------]  25 %  50/200");
    const line = "Reading lines  [############------------]  50 %  100/200";
    expect(second).toBe(`\r${" ".repeat(first.length)}\r${line}`);
    expect(last).toBe(`\r${" ".repeat(line.length)}\r`);
    expect(written).toHaveLength(3);
  });

  it("shows nothing of what is over at once", () => {
    const { written, work, end } = watch("Reading lines", 2, terminal);
    work(2, 10);
    end();
    expect(written).toEqual([]);
  });

  it("draws no more often than an eye follows", () => {
    const { written, work } = watch("Reading lines", 1_000, terminal);
    for (let at = 0; at < 1_000; at += 1) work(1, 1);
    expect(written.length).toBeLessThan(12);
  });

  it("counts where nobody knows how much there is", () => {
    const { written, work } = watch("Mails read", null, terminal);
    work(7, 300);
    expect(written).toEqual(["Mails read  7"]);
  });

  it("leaves the bar out, and then cuts the label, where the terminal is narrow", () => {
    const narrow = watch("決済を読んでいます", 10, { isTTY: true, columns: 40 });
    narrow.work(5, 300);
    expect(narrow.written).toEqual(["決済を読んでいます  50 %  5/10"]);
    const tiny = watch("決済を読んでいます", 10, { isTTY: true, columns: 12 });
    tiny.work(5, 300);
    expect(tiny.written).toEqual(["決済を読ん…"]);
  });

  it("does not go beyond the end where more is done than was said", () => {
    const { written, work } = watch("Reading lines", 10, terminal);
    work(12, 300);
    expect(written[0]).toContain("[########################]  100 %  12/10");
  });
});

describe("in a file or a pipe", () => {
  it("writes a plain line every ten seconds, and one at the end", () => {
    const { written, work, end } = watch("Reading lines", 200, {});
    work(50, 9_000);
    work(50, 1_000);
    work(50, 9_000);
    end();
    expect(written).toEqual(["Reading lines: 100 of 200\n", "Reading lines: 150 of 200\n"]);
  });

  it("writes nothing of what takes less", () => {
    const { written, work, end } = watch("Reading lines", null, {});
    work(50, 9_000);
    end();
    expect(written).toEqual([]);
  });
});
