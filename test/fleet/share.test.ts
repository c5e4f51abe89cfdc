// The parts of the mailboxes, computed by each worker for itself from what all of them see.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parts, planShare } from "../../src/fleet/share.ts";

const none: ReadonlySet<string> = new Set();

/** A database without time: who has what. */
class Fleet {
  readonly has = new Map<string, string>();
  moves = 0;
  readonly ids: readonly string[];
  runs: string[];
  constructor(mailboxes: number, runs: readonly string[]) {
    this.ids = Array.from({ length: mailboxes }, (_, at) => `s${at}`);
    this.runs = [...runs];
  }

  held = (run: string) => this.ids.filter((id) => this.has.get(id) === run);

  /** One round of one worker; returns whether it changed something. */
  round(run: string): boolean {
    const survey = {
      at: 0,
      readers: this.runs.map((one) => ({ run: one, mailboxes: this.ids.length })),
      leases: [...this.has].map(([shopId, holder]) => ({ shopId, holder, token: 1, untilAt: 0 })),
    };
    const held = this.held(run);
    const { take, give, isSettled } = planShare({
      ...{ run, survey, held, kept: none, orphans: none, wanted: new Set(this.ids) },
    });
    for (const id of give) this.has.delete(id);
    for (const id of take) {
      if (this.has.has(id)) throw new Error(`${id} is taken from ${this.has.get(id)}`);
      this.has.set(id, run);
      this.moves += 1;
    }
    expect(isSettled && take.length + give.length > 0 && held.length > 0 && give.length > 0).toBe(
      false,
    );
    return take.length + give.length > 0;
  }

  /** Returns after how many rounds of each nothing changed any more. */
  settle(order: (runs: readonly string[]) => readonly string[] = (runs) => runs): number {
    for (let rounds = 0; rounds < 200; rounds += 1) {
      const changes = order(this.runs).filter((run) => this.round(run));
      if (changes.length === 0) return rounds;
    }
    throw new Error("they never settle");
  }

  sizes = () => this.runs.map((run) => this.held(run).length).sort((one, other) => one - other);

  expectEven() {
    const [floor, extra] = [
      Math.floor(this.ids.length / this.runs.length),
      this.ids.length % this.runs.length,
    ];
    const even = this.runs.map((_, at) => (at < this.runs.length - extra ? floor : floor + 1));
    expect(this.sizes()).toEqual(even);
  }
}

const FLEETS = fc.record({
  mailboxes: fc.integer({ min: 0, max: 120 }),
  workers: fc.integer({ min: 1, max: 7 }),
  turns: fc.infiniteStream(fc.nat()),
});

const namesOf = (count: number) => Array.from({ length: count }, (_, at) => `w${at}`);
const shuffled = (turns: fc.Stream<number>) => (runs: readonly string[]) =>
  runs
    .map((run) => ({ run, key: turns.next().value ?? 0 }))
    .sort((one, other) => one.key - other.key)
    .map(({ run }) => run);

describe("the shares of the workers", () => {
  it("become even in whatever order they look, nobody takes what another has, and then nothing moves", () => {
    fc.assert(
      fc.property(FLEETS, ({ mailboxes, workers, turns }) => {
        const fleet = new Fleet(mailboxes, namesOf(workers));
        fleet.settle(shuffled(turns));
        fleet.expectEven();
        fleet.moves = 0;
        fleet.settle(shuffled(turns));
        expect(fleet.moves).toBe(0);
      }),
    );
  });

  it("move no more than a worker who joins is to have", () => {
    fc.assert(
      fc.property(FLEETS, ({ mailboxes, workers, turns }) => {
        const fleet = new Fleet(mailboxes, namesOf(workers));
        fleet.settle(shuffled(turns));
        fleet.moves = 0;
        fleet.runs.push("new");
        fleet.settle(shuffled(turns));
        fleet.expectEven();
        expect(fleet.moves).toBe(fleet.held("new").length);
      }),
    );
  });

  it("move no more than a worker who has gone had", () => {
    fc.assert(
      fc.property(FLEETS, ({ mailboxes, workers, turns }) => {
        const fleet = new Fleet(mailboxes, namesOf(workers + 1));
        fleet.settle(shuffled(turns));
        const gone = fleet.runs.pop() ?? "";
        const left = fleet.held(gone);
        for (const id of left) fleet.has.delete(id);
        fleet.moves = 0;
        fleet.settle(shuffled(turns));
        fleet.expectEven();
        expect(fleet.moves).toBe(left.length);
      }),
    );
  });

  it("are under way eight or one in eight at once, so that the others are read meanwhile", () => {
    const fleet = new Fleet(1_000, ["a"]);
    fleet.settle();
    fleet.runs.push("b");
    fleet.round("a");
    expect(fleet.held("a")).toHaveLength(875);
    fleet.round("a");
    expect(fleet.held("a")).toHaveLength(875);
    fleet.round("b");
    expect(fleet.held("b")).toHaveLength(125);
    expect(fleet.settle()).toBeLessThan(5);
    expect(fleet.sizes()).toEqual([500, 500]);
  });

  it("leave out whoever reads less, and share what is left", () => {
    const worker = (run: string, most: number, has: number) => ({ run, most, has });
    expect(
      [...parts([worker("a", 100, 100), worker("b", 10, 0), worker("c", 100, 0)], 100)].sort(),
    ).toEqual([
      ["a", 45],
      ["b", 10],
      ["c", 45],
    ]);
    expect([...parts([worker("a", 3, 0), worker("b", 0, 0)], 3)].sort()).toEqual([
      ["a", 3],
      ["b", 0],
    ]);
  });

  const alone = (change: Partial<Parameters<typeof planShare>[0]>) =>
    planShare({
      ...{ run: "a", wanted: new Set(["s1", "s2"]), held: ["s1"], kept: none, orphans: none },
      survey: { at: 0, readers: [{ run: "b", mailboxes: 9 }], leases: [] },
      ...change,
    });

  it("go beyond one's part where nobody else takes it, and that is not given back", () => {
    expect(alone({})).toMatchObject({ take: [], give: [], isSettled: true });
    expect(alone({ orphans: new Set(["s2"]) })).toMatchObject({ take: ["s2"], give: [] });
    const both = { held: ["s1", "s2"] };
    expect(alone(both)).toMatchObject({ give: ["s1"], isSettled: false });
    expect(alone({ ...both, kept: new Set(["s1"]) })).toMatchObject({ give: ["s2"] });
    expect(alone({ ...both, kept: new Set(["s1", "s2"]) })).toMatchObject({
      give: [],
      isSettled: true,
    });
  });
});
