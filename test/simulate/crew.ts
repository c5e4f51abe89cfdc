// Two workers on one database. Each lives a few times; one may stand still, as a stopped process or a machine
// that was cut off does, until the other has counted it as dead and gone on with its work.

import type { Kysely } from "kysely";
import { LIVE_MS, type Workers } from "../../src/fleet-port.ts";
import type { Schema } from "../../src/store/schema.ts";
import { sqliteEngine } from "../../src/store/sqlite-engine.ts";
import { storeOn } from "../../src/store/store.ts";
import { workersTable } from "../../src/store/workers.ts";
import { Process } from "./process.ts";
import type { World } from "./world.ts";

const LIVES_MAX = 3;
const PAUSE_CHANCE = 0.01;

interface Pause {
  /** The other one has begun anew since. */
  isNoticed: boolean;
  readonly over: Promise<void>;
  readonly end: () => void;
}

export class Crew {
  pauses = 0;
  readonly #world: World;
  readonly #db: Kysely<Schema>;
  readonly #workers: Workers;
  #pause: Pause | null = null;
  #runs = 0;
  #atWork = 0;

  constructor(world: World, db: Kysely<Schema>) {
    this.#world = world;
    this.#db = db;
    this.#workers = workersTable(db, sqliteEngine(":memory:"), world.clock.now);
  }

  /** Both work until nothing is due for them, or they have died too often. */
  async work(): Promise<void> {
    this.#atWork = 2;
    await Promise.all([this.#live(), this.#live()]);
  }

  /** Whoever may stand still here does so now and then, and never both. */
  async standStill(): Promise<void> {
    const { random, clock, fates } = this.#world;
    if (fates.quiet || this.#pause !== null || this.#atWork < 2) return;
    if (!random.chance(PAUSE_CHANCE)) return;
    let end = () => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#pause = { over, end, isNoticed: false };
    this.pauses += 1;
    clock.advance(LIVE_MS + 1);
    await over;
    this.#pause = null;
  }

  async #live(): Promise<void> {
    let lives = 0;
    do {
      lives += 1;
      if (this.#pause !== null) this.#pause.isNoticed = true;
      if (!(await this.#liveOnce())) this.#world.deaths += 1;
      else if (this.#pause === null || this.#pause.isNoticed) break;
    } while (lives < LIVES_MAX);
    this.#atWork -= 1;
    this.#pause?.end();
  }

  /** False where it died. */
  async #liveOnce(): Promise<boolean> {
    const { clock, random } = this.#world;
    this.#runs += 1;
    const run = `run-${this.#runs}`;
    await this.#workers.beat({ run, name: run, version: "1" });
    const store = {
      ...storeOn(this.#db, {
        ...{ path: ":memory:", shopId: "shop", now: clock.now },
        sharing: { owner: run, asks: false, accounts: new Map() },
      }),
      close: async () => undefined,
    };
    const isWell = await new Process(this.#world, store, this).work();
    // Its end is seen at once, or only by its silence; the other one may fall silent as well.
    if (isWell || random.chance(0.5)) await this.#workers.leave(run);
    else clock.advance(LIVE_MS + 1);
    return isWell;
  }
}
