// What works off a shop's due jobs. The rows are the truth; a dispatcher only decides when to look, and where.

import type { LaneKeeper } from "./jobs/lanes.ts";
import type { Clock, Pulse } from "./ports.ts";
import type { Job, LaneRoom, Store } from "./store-port.ts";

/** Of one shop. */
export interface DispatcherDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly pulse: Pulse;
  readonly lanes: LaneKeeper;
  /** How many jobs of each lane may run at once. */
  readonly limits: Readonly<Record<string, number>>;
  /** Of a lane of one, jobs that are claimed together, and run as one. */
  readonly together?: Readonly<Record<string, LaneRoom["together"]>>;
  /** Several are of one lane and in their order. Rejects only where the worker must stop. */
  readonly run: (jobs: readonly Job[], signal: AbortSignal) => Promise<void>;
}

export interface Dispatcher {
  /** Runs due jobs until `stop` aborts; then waits for those at work. */
  run(stop: AbortSignal, kill: AbortSignal): Promise<void>;
  /** Runs jobs until none is due. */
  drain(stop: AbortSignal, kill: AbortSignal): Promise<void>;
}

export type DispatcherOf = (deps: DispatcherDeps) => Dispatcher;
