// Step 12 of the schema, as migrations.ts has the others.

export const TWELFTH = {
  version: 12,
  name: "shops as rows",
  statements: [
    // What is sealed is sealed with the DATA_KEY. Settings: null where they are in .env, or were wiped.
    `create table shop (
      id text not null, status text not null check (status in ('active', 'paused', 'removed')),
      key_sealed text not null, settings_sealed text, created_at integer not null,
      updated_at integer not null, primary key (id)) strict`,
  ],
} as const;
