// One life of the worker: the real core, with a fate at every place where it waits for the world. When
// it dies, nothing of it reaches the world any more, except what was on its way.

import { buildCore } from "../../src/core.ts";
import { OutcomeUnknownError, StorageError, TransientError } from "../../src/domain/errors.ts";
import type {
  FetchedMessage,
  Inbox,
  Log,
  MailTransport,
  PaymentProvider,
  RefundRequest,
  VoidRequest,
} from "../../src/ports.ts";
import type { Store, WriteTx } from "../../src/store-port.ts";
import { composer } from "../jobs/recorded-mail.ts";
import { aFailure } from "../support/failures.ts";
import { Death, type Fate } from "./fates.ts";
import type { World } from "./world.ts";

const ANSWERED: readonly Fate[] = [
  "fails before",
  "fails after",
  "hangs before",
  "hangs after",
  "meanwhile",
  "dies before",
  "dies after",
];
const READING: readonly Fate[] = [
  "fails before",
  "hangs before",
  "meanwhile",
  "dies before",
  "dies after",
];
/** How long a caller waits for an answer. */
const PATIENCE_MS = 30_000;
/** Turns of the event loop that a call may take: what runs beside it comes before or after. */
const TURNS_MAX = 24;

const broken = (code: string) => aFailure(TransientError, code, "The connection broke.");

/** May let who calls wait until others have gone on without it. */
interface Pausing {
  standStill(): Promise<void>;
}

export class Process {
  alive = true;
  readonly world: World;
  readonly store: Store;

  readonly #crew: Pausing | null;

  /** `crew`: of which it is one; null where it is alone. */
  constructor(world: World, store: Store, crew: Pausing | null = null) {
    this.world = world;
    this.store = store;
    this.#crew = crew;
  }

  /** Starts, works until nothing is due, and ends; false where it died. */
  async work(): Promise<boolean> {
    const { world } = this;
    try {
      const core = await buildCore({
        desk: world.desk,
        store: this.#store(),
        // Copies and restored databases go on paying here: the rules behind the pause are played.
        installation: { sign: null, follow: async () => undefined },
        sent: null,
        providers: new Map([["memory", this.#provider()]]),
        inbox: this.#inbox(),
        folders: [],
        transport: this.#transport(),
        composer,
        reader: world.reader,
        verifier: { verify: async () => [] },
        log: this.#log(),
        random: () => world.random.next(),
        since: "all",
        pollMs: 60_000,
      });
      await core.runOnce(new AbortController().signal);
      return true;
    } catch (error) {
      if (!this.alive) return false;
      // As at the command line: a worker that cannot read its inbox or write ends and is started again.
      if (error instanceof TransientError || error instanceof StorageError) return false;
      throw error;
    } finally {
      this.alive = false;
    }
  }

  #live(): void {
    if (!this.alive) throw new Death();
  }

  #die(): never {
    this.alive = false;
    throw new Death();
  }

  async #turns(): Promise<void> {
    for (let left = this.world.random.below(TURNS_MAX); left > 0; left -= 1) await null;
  }

  /** One call to the world, with its fate; `status` is asked when it is made. */
  async #call<Answer>(call: {
    readonly step: string;
    readonly payment?: string;
    readonly about: () => string;
    readonly fates: readonly Fate[];
    readonly effect: () => Promise<Answer>;
    readonly failure: (fate: Fate) => Error;
  }): Promise<Answer> {
    const { world } = this;
    this.#live();
    const fate = world.fates.of(call.step, call.fates);
    world.coverage.count(call.step, fate, call.about());
    await this.#turns();
    if (!this.alive) {
      // The request had left before the process died.
      if (world.random.chance(0.5)) await call.effect().catch(() => undefined);
      throw new Death();
    }
    switch (fate) {
      case "dies before":
        return this.#die();
      case "dies after":
        await call.effect().catch(() => undefined);
        return this.#die();
      case "hangs before":
      case "hangs after":
        if (fate === "hangs after") await call.effect().catch(() => undefined);
        world.clock.advance(PATIENCE_MS);
        throw call.failure(fate);
      case "fails before":
        throw call.failure(fate);
      case "fails after":
        await call.effect().catch(() => undefined);
        throw call.failure(fate);
      case "late":
        world.later(call.effect);
        throw call.failure(fate);
      case "meanwhile":
        world.meanwhile(call.payment ?? null);
        break;
      case "goes well":
        break;
    }
    await this.#crew?.standStill();
    const answer = await call.effect();
    await this.#turns();
    await this.#crew?.standStill();
    this.#live();
    return answer;
  }

  #provider(): PaymentProvider {
    const { world } = this;
    const { provider } = world;
    const of = (paymentId: string) => () => world.statusOfPayment(paymentId);
    const read = <Answer>(method: string, about: () => string, effect: () => Promise<Answer>) =>
      this.#call({
        step: `provider.${method}`,
        about,
        fates: READING,
        effect,
        failure: () => broken("provider_unreachable"),
      });
    const write = <Answer>(
      method: "createRefund" | "cancelPayment",
      request: RefundRequest | VoidRequest,
      effect: () => Promise<Answer>,
    ) =>
      this.#call({
        step: `provider.${method}`,
        payment: request.paymentId,
        about: of(request.paymentId),
        fates: [...ANSWERED, "late"],
        effect,
        failure: (fate) =>
          fate === "fails before" && world.random.chance(0.3)
            ? broken("rate_limited")
            : aFailure(OutcomeUnknownError, "connection_lost", "No answer."),
      });
    const none = () => "-";
    const signal = new AbortController().signal;
    return {
      name: "memory",
      capabilities: provider.capabilities,
      account: () => read("account", none, () => provider.account()),
      listPayments: (request) => read("listPayments", none, () => provider.listPayments(request)),
      changedPayments: () => read("changedPayments", none, () => provider.changedPayments()),
      retrievePayment: (id) => read("retrievePayment", of(id), () => provider.retrievePayment(id)),
      searchPayments: (order) => read("searchPayments", none, () => provider.searchPayments(order)),
      listAllRefunds: (request) =>
        read("listAllRefunds", none, () => provider.listAllRefunds(request)),
      listRefunds: (id) => read("listRefunds", of(id), () => provider.listRefunds(id)),
      retrieveRefund: (id) =>
        read("retrieveRefund", of(world.paymentOfRefund(id)), () => provider.retrieveRefund(id)),
      createRefund: async (request) => {
        this.#live();
        await world.observeCreate(this, request);
        return write("createRefund", request, () => provider.createRefund(request, signal));
      },
      cancelPayment: async (request) => {
        this.#live();
        await world.observeVoid(this, request);
        return write("cancelPayment", request, () => provider.cancelPayment(request, signal));
      },
      clockOffsetMs: () => null,
      diagnose: async () => [],
    };
  }

  #transport(): MailTransport {
    const { world } = this;
    const failure = (fate: Fate) =>
      fate === "fails before"
        ? aFailure(TransientError, "smtp_deferred", "451 later")
        : aFailure(OutcomeUnknownError, "smtp_outcome_unknown", "Lost after DATA.");
    return {
      send: async (message, beforeData) => {
        const about = () => world.statusOfMail(message.raw);
        await this.#call({
          step: "smtp.connect",
          about,
          fates: ["fails before", "hangs before", "dies before"],
          effect: async () => undefined,
          failure: () => broken("smtp_unreachable"),
        });
        await beforeData();
        const at = world.clock.now();
        let isAccepted = false;
        const take = async () => {
          isAccepted = true;
          world.postman.take(message);
        };
        const told = (isTold: boolean) =>
          world.postman.note({ messageId: message.messageId, at, isAccepted, isTold }, message.raw);
        try {
          await this.#call({ step: "smtp.data", about, fates: ANSWERED, effect: take, failure });
          told(true);
        } catch (error) {
          told(error instanceof TransientError);
          throw error;
        }
      },
      verify: async () => undefined,
      close: async () => undefined,
    };
  }

  #inbox(): Inbox {
    const { world } = this;
    const about = () => "-";
    const failure = () => broken("imap_disconnected");
    const call = <Answer>(step: string, effect: () => Answer) =>
      this.#call({ step, about, fates: READING, failure, effect: async () => effect() });
    const fetch = async function* (
      keys: readonly string[],
      one: (key: string) => Promise<FetchedMessage | undefined>,
    ): AsyncIterable<FetchedMessage> {
      for (const key of keys) {
        const message = await one(key);
        if (message !== undefined) yield message;
      }
    };
    return {
      mailbox: world.mailbox.name,
      defaultSince: "all",
      hasOrder: true,
      list: ({ cursor, full }) =>
        call("inbox.list", () => world.mailbox.list(full ? null : cursor)),
      fetch: (keys) =>
        fetch(keys, (key) => call("inbox.fetch", () => world.mailbox.fetch([key])[0])),
      wait: async () => undefined,
      close: async () => undefined,
    };
  }

  #store(): Store {
    const { world, store } = this;
    return {
      ...store,
      read: async (work) => {
        this.#live();
        const result = await store.read(work);
        this.#live();
        return result;
      },
      write: async <Result>(work: (tx: WriteTx) => Promise<Result>) => {
        this.#live();
        const fates = ["fails before", "fails after", "dies before", "dies after"] as const;
        const fate = world.fates.of("commit", fates);
        if (fate === "dies before") this.#die();
        if (fate === "fails before") throw aFailure(TransientError, "database_busy", "Busy.");
        const result = await store.write(async (tx) => {
          const watched = world.watch(tx);
          const done = await work(watched.tx);
          world.coverage.count(`commit ${watched.job()}`, fate, watched.status());
          // The disk is full: the worker stops.
          if (fate === "fails after")
            throw aFailure(StorageError, "sqlite_full", "The disk is full.");
          this.#live();
          return done;
        });
        if (fate === "dies after") this.#die();
        await this.#crew?.standStill();
        this.#live();
        return result;
      },
    };
  }

  #log(): Log {
    const { world } = this;
    const ignore = () => undefined;
    return {
      debug: ignore,
      info: ignore,
      warn: ignore,
      error: (fields, message) => {
        if (this.alive) world.logged.push(`${message} ${JSON.stringify(fields)}`);
      },
    };
  }
}
