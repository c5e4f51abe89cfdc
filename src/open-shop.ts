// Everything that one shop has to itself: its view of the database, its desk, mailbox, providers and
// loops. What the process has once it gets lent.

import { newId, systemClock, systemRandom } from "./clock.ts";
import { type Close, closeAll, openAll } from "./closing.ts";
import type { Config } from "./config.ts";
import { buildCore } from "./core.ts";
import { IMPORTED } from "./domain/imported-payments/changes.ts";
import type { ShopAddresses } from "./domain/mail-reading.ts";
import { ENV_SHOP } from "./domain/shop-id.ts";
import type { Watched } from "./health/sight.ts";
import { recordVersion } from "./jobs/record-version.ts";
import { createMailComposer } from "./mail/composer.ts";
import { rememberingReader } from "./mail/remembering-reader.ts";
import { createRestingReader } from "./mail/resting-reader.ts";
import type { Templates } from "./mail/templates.ts";
import type { SharedReader } from "./mail/threaded-reader.ts";
import { buildAccessTokens } from "./mail-access.ts";
import {
  buildFolders,
  buildInbox,
  buildSentFolder,
  buildTransport,
  buildVerifier,
} from "./mail-servers.ts";
import { buildDesk } from "./open-desk.ts";
import type { Fleet } from "./open-fleet.ts";
import type { SharedDatabase } from "./open-store.ts";
import type { Log } from "./ports.ts";
import { accountsOf, buildManualProvider, buildProviders } from "./providers.ts";
import { openInstallation } from "./store/installation.ts";
import { isFile } from "./store/location.ts";
import { NEWEST_STEP } from "./store/migrate.ts";
import type { ReadTx, ShopRow } from "./store-port.ts";
import type { Desk } from "./ticket/desk.ts";
import { findHalt } from "./ticket/guard-rails.ts";
import { version } from "./version.ts";

/** What the process has once. */
export interface Premises {
  readonly directory: string;
  readonly database: SharedDatabase;
  readonly reader: SharedReader;
  /** Null: this worker is alone. */
  readonly fleet: Fleet | null;
  readonly templatesOf: (config: Config<"TEMPLATES_DIR" | "LOCALE">) => Templates;
}

export interface ShopToOpen {
  readonly config: Config;
  readonly key: Uint8Array;
  /** By which it was opened; null: its settings are in .env. */
  readonly row: ShopRow | null;
  readonly log: Log;
}

export interface OpenShop {
  readonly watched: Watched;
  readonly run: (stop: AbortSignal) => Promise<void>;
  readonly runOnce: (stop: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
}

function addressesOf({ shop }: Desk): ShopAddresses {
  const { email, staff, managers, formFrom } = shop;
  return { shop: email, staff, managers, formFrom, answersFrom: "shop" };
}

/** What the worker depends on, by the names under which its outages are kept. */
function lanesOf(config: Config<"APPROVAL_FOLDER">, providers: Iterable<string>): string[] {
  const folder = config.APPROVAL_FOLDER === undefined ? [] : ["approval folder"];
  const asked = [...providers].filter((name) => name !== IMPORTED);
  return ["inbox", ...folder, "smtp", ...asked.map((name) => `provider:${name}`)];
}

/** The words of each shop's own mails; of all the others the thread is one. */
function readerFor(desk: Desk, shared: SharedReader) {
  const addresses = addressesOf(desk);
  const own = { read: (raw: Uint8Array) => shared.read(raw, addresses), close: async () => {} };
  return createRestingReader(() => rememberingReader(own, desk.signer));
}

/** Opens all that the shop needs; where it cannot, it throws, and nothing stays open. */
export async function openShop(premises: Premises, shop: ShopToOpen): Promise<OpenShop> {
  return openAll((opened) => open(premises, shop, opened));
}

/** `opened` is filled with what is to be closed, the last first. */
async function open(
  { directory, database, reader: shared, fleet, templatesOf }: Premises,
  { config, key, row, log }: ShopToOpen,
  opened: Close[],
): Promise<OpenShop> {
  const { HENKIN_SHOP: id } = config;
  const closeLater = <Part extends { close: Close }>(part: Part): Part => {
    opened.push(() => part.close());
    return part;
  };
  const templates = templatesOf(config);
  const store = closeLater(database.storeOf(id, key, fleet?.sharingOf(accountsOf(config))));
  const isAlone = id === ENV_SHOP || !isFile(database.path);
  const beside = isAlone ? database.path : `${database.path}.${id}`;
  const installation = closeLater(await openInstallation(store, beside, { newId, log }));
  const desk = buildDesk(config, key);
  const providers = await buildProviders(config, directory, { log, pace: fleet?.pace });
  providers.set(IMPORTED, buildManualProvider(store));
  const reader = closeLater(readerFor(desk, shared));
  const tokens = await buildAccessTokens(config, directory, store, log);
  if (tokens !== null) closeLater(tokens);
  const transport = closeLater(buildTransport(config.OUTBOX_URL, directory, log, tokens));
  // Its connection is the folders', too.
  const inbox = closeLater(
    buildInbox(config.INBOX_URL, directory, log, { tokens, ...(fleet && { seats: fleet.seats }) }),
  );
  const place = fleet?.placeOf(id);
  const core = await buildCore({
    ...{ desk, store, installation, providers, inbox, transport, reader, log },
    folders: buildFolders(config, log, { inbox, tokens }),
    sent: buildSentFolder(config, log, tokens),
    composer: createMailComposer({ templates }),
    verifier: buildVerifier(config),
    random: systemRandom,
    isCurrent: row === null ? undefined : (tx) => isSame(tx, row),
    ...(place && { shared: place }),
    since: config.INBOX_SINCE ?? null,
    pollMs: config.POLL_SECONDS * 1_000,
  });
  await store.write((tx) =>
    recordVersion(tx, desk, { version: version(), schemaStep: NEWEST_STEP }),
  );
  return {
    watched: {
      ...{ store, findHalt, now: systemClock.now, pulse: core.pulse },
      lanes: lanesOf(config, providers.keys()),
      pollMs: config.POLL_SECONDS * 1_000,
      ...(place && { isReadHere: place.isReadHere }),
    },
    run: core.run,
    runOnce: core.runOnce,
    close: () => closeAll(opened),
  };
}

/** Changed, paused or removed, it is run anew or not at all, as soon as that is seen. */
async function isSame(tx: ReadTx, { id, settingsSealed }: ShopRow): Promise<boolean> {
  const row = await tx.shops.find(id);
  return row?.status === "active" && row.settingsSealed === settingsSealed;
}
