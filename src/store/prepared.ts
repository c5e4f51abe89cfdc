// Queries that are built once and run with other values ever after: building takes Kysely longer
// than SQLite needs to run it.

import type { Compilable, CompiledQuery, Kysely, QueryResult } from "kysely";
import { dialectOf } from "./engine.ts";
import type { Schema } from "./schema.ts";

/** Stands for the value of an argument, or of one column of a row among them, while a query is built. */
class Mark {
  readonly at: number;
  readonly column: string | null;

  constructor(at: number, column: string | null) {
    this.at = at;
    this.column = column;
  }

  valueIn(args: readonly unknown[]): unknown {
    const arg = args[this.at];
    return this.column === null ? arg : (arg as Record<string, unknown>)[this.column];
  }
}

function isRow(arg: unknown): arg is object {
  return typeof arg === "object" && arg !== null && Object.getPrototypeOf(arg) === Object.prototype;
}

/** The text of a query may depend on which columns its rows name, and on nothing else. */
function shapeOf(args: readonly unknown[]): string {
  return args.map((arg) => (isRow(arg) ? Object.keys(arg).join() : "")).join(";");
}

function marksFor(args: readonly unknown[]): unknown[] {
  return args.map((arg, at) =>
    isRow(arg)
      ? Object.fromEntries(Object.keys(arg).map((column) => [column, new Mark(at, column)]))
      : new Mark(at, null),
  );
}

type Args = readonly (string | number | Uint8Array | null | object)[];

/** `build` must pass its arguments on as they are: it sees marks in their place. */
export function prepared<Given extends Args, Row>(
  build: (db: Kysely<Schema>, ...args: Given) => Compilable<Row>,
): (db: Kysely<Schema>, ...args: Given) => Promise<QueryResult<Row>> {
  const known = new Map<string, CompiledQuery<Row>>();
  return (db, ...args) => {
    const shape = `${dialectOf(db)};${shapeOf(args)}`;
    let query = known.get(shape);
    if (query === undefined) {
      query = build(db, ...(marksFor(args) as unknown as Given)).compile();
      known.set(shape, query);
    }
    const parameters = query.parameters.map((value) =>
      value instanceof Mark ? value.valueIn(args) : value,
    );
    return db.executeQuery({ ...query, parameters });
  };
}
