// Kysely by way of its CommonJS build: Node.js loads its 260 files so in two thirds of the time that they take
// as ES modules, and every command waits for them. Types come from the package itself.

import { createRequire } from "node:module";
import type * as Library from "kysely";

const library = createRequire(import.meta.url)("kysely") as typeof Library;

export const {
  CompiledQuery,
  Kysely,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} = library;

export type Kysely<Database> = Library.Kysely<Database>;
