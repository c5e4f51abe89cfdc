import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AccessError, TransientError } from "../../src/domain/errors.ts";
import { DAY, HOUR, MINUTE } from "../support/fake-clock.ts";
import { type FakeOpenid, startFakeOpenid } from "../support/fake-openid.ts";
import { type Chain, openChain } from "./rig.ts";

const never = new AbortController().signal;

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => "no error",
    (error) => error,
  );
}

let openid: FakeOpenid;
let chain: Chain;
beforeEach(async () => {
  openid = await startFakeOpenid();
  chain = await openChain(openid);
});
afterEach(async () => {
  await chain.close();
  await openid.close();
});

describe("an access token", () => {
  beforeEach(() => chain.authorize());

  it("is kept until shortly before its end", async () => {
    const first = await chain.tokens.take(never);
    chain.clock.advance(57 * MINUTE);
    expect(await chain.tokens.take(never)).toBe(first);
    chain.clock.advance(2 * MINUTE);
    expect(await chain.tokens.take(never)).not.toBe(first);
  });

  it("that lives for a minute only is used for half of it", async () => {
    openid.accessSeconds = 60;
    const first = await chain.tokens.take(never);
    chain.clock.advance(29_000);
    expect(await chain.tokens.take(never)).toBe(first);
    chain.clock.advance(2_000);
    expect(await chain.tokens.take(never)).not.toBe(first);
  });

  it("is fetched once, however many ask together", async () => {
    const asking = Array.from({ length: 8 }, () => chain.tokens.take(never));
    expect(new Set(await Promise.all(asking)).size).toBe(1);
    expect(openid.refreshes).toBe(1);
  });

  it("that a server refused is replaced for all who have it, once", async () => {
    const first = await chain.tokens.take(never);
    const [imap, smtp] = await Promise.all([
      chain.tokens.take(never, first),
      chain.tokens.take(never, first),
    ]);
    expect(imap).not.toBe(first);
    expect(smtp).toBe(imap);
    expect(await chain.tokens.take(never, first)).toBe(imap);
    expect(openid.refreshes).toBe(2);
  });

  it("is still fetched for the others where one of those who wait gives up", async () => {
    const leaving = new AbortController();
    const one = failure(chain.tokens.take(leaving.signal));
    const other = chain.tokens.take(never);
    leaving.abort();
    expect(await one).toMatchObject({ code: "oauth_aborted" });
    expect(await other).toMatch(/^access-/);
    expect(openid.refreshes).toBe(1);
  });
});

describe("a refresh token", () => {
  it("that changes at each use is the new one at the next", async () => {
    openid.rotation = "strict";
    await chain.authorize();
    for (let used = 0; used < 4; used += 1) {
      await chain.tokens.take(never);
      chain.clock.advance(HOUR);
    }
    expect(openid.refreshes).toBe(4);
  });

  it("is on the disk before the access token that came with it is given out", async () => {
    openid.rotation = "strict";
    await chain.authorize();
    await chain.tokens.take(never);
    // What another process finds at that moment.
    expect(await (await chain.second()).take(never)).toMatch(/^access-/);
  });

  it("is not lost where two processes ask at once, again and again", async () => {
    openid.rotation = "strict";
    await chain.authorize();
    const doctor = await chain.second();
    for (let round = 0; round < 5; round += 1) {
      const both = await Promise.all([chain.tokens.take(never), doctor.take(never)]);
      expect(new Set(both).size).toBe(2);
      chain.clock.advance(HOUR);
    }
    expect([openid.refreshes, openid.together]).toEqual([10, 1]);
  });

  describe("whose successor is lost to a kill between the answer and the disk", () => {
    async function die(): Promise<void> {
      const { grants } = chain;
      const dying = await chain.second({
        grants: {
          ...grants,
          renew: async () => {
            throw new Error("killed");
          },
        },
      });
      expect(await failure(dying.take(never))).toMatchObject({ message: "killed" });
    }

    it("goes on where the server lets the old one live", async () => {
      openid.rotation = "lenient";
      await chain.authorize();
      await die();
      expect(await chain.tokens.take(never)).toMatch(/^access-/);
    });

    it("needs a new consent where it does not, and says so", async () => {
      openid.rotation = "strict";
      await chain.authorize();
      await die();
      expect(await failure(chain.tokens.take(never))).toMatchObject({ code: "oauth_grant_ended" });
      await chain.authorize();
      expect(await chain.tokens.take(never)).toMatch(/^access-/);
    });
  });

  it("is kept at the second try where the database was busy", async () => {
    openid.rotation = "strict";
    await chain.authorize();
    let busy = 2;
    const { grants } = chain;
    const tokens = await chain.second({
      grants: {
        ...grants,
        renew: (...args) => {
          busy -= 1;
          if (busy >= 0) throw new TransientError("database_busy", { path: "x" });
          return grants.renew(...args);
        },
      },
    });
    await tokens.take(never);
    expect(await chain.tokens.take(never)).toMatch(/^access-/);
  });

  it("is kept, too, where the worker is closed while it waits for the answer", async () => {
    openid.rotation = "strict";
    await chain.authorize();
    const find = () => chain.store.read((tx) => tx.mailGrants.find());
    const before = await find();
    const leaving = new AbortController();
    const taking = failure(chain.tokens.take(leaving.signal));
    leaving.abort();
    await taking;
    await chain.tokens.close();
    expect((await find())?.sealed).not.toBe(before?.sealed);
    expect(await (await chain.second()).take(never)).toMatch(/^access-/);
  });

  it("lies sealed in the database, and so does no access token", async () => {
    openid.rotation = "lenient";
    const { refreshToken } = await chain.authorize();
    await chain.tokens.take(never);
    const row = await chain.store.read((tx) => tx.mailGrants.find());
    expect(row?.sealed.length).toBeGreaterThan(40);
    const bytes = ["", "-wal"].map((end) => readFileSync(`${chain.path}${end}`, "latin1")).join();
    expect(bytes).toContain(row?.sealed);
    expect(openid.secrets).toContain(refreshToken);
    expect(openid.secrets.filter((secret) => bytes.includes(secret))).toEqual([]);
  });
});

describe("without a token to be had", () => {
  it("nobody has consented", async () => {
    const error = await failure(chain.tokens.take(never));
    expect(error).toBeInstanceOf(AccessError);
    expect(error).toMatchObject({ code: "oauth_not_authorized" });
  });

  it.each([
    ["unavailable", "OAUTH_RESPONSE_IS_NOT_CONFORM"],
    ["hang", "OAUTH_TIMEOUT"],
  ] as const)(
    "a token endpoint that answers %s is trouble of the network",
    async (behaviour, why) => {
      await chain.authorize();
      openid.behaviour = behaviour;
      const error = await failure(chain.tokens.take(never));
      expect(error).toBeInstanceOf(TransientError);
      expect(error).toMatchObject({
        code: "oauth_unreachable",
        message: expect.stringContaining(why),
      });
      openid.behaviour = "answer";
      expect(await chain.tokens.take(never)).toMatch(/^access-/);
    },
    20_000,
  );

  it("a server that is gone is the same, also before anything is known of it", async () => {
    await chain.authorize();
    const fresh = await chain.second();
    await openid.close();
    const error = await failure(fresh.take(never));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ message: expect.stringMatching(/ECONNREFUSED|UND_ERR_SOCKET/) });
    openid = await startFakeOpenid();
  });

  it("a consent that was taken back is a person's matter, and so is a new one", async () => {
    await chain.authorize();
    openid.revoke();
    const error = await failure(chain.tokens.take(never));
    expect(error).toBeInstanceOf(AccessError);
    expect(error).toMatchObject({ code: "oauth_grant_ended" });
    expect(JSON.stringify([error, `${(error as Error).stack}`])).not.toContain("revoked");
    await chain.authorize();
    expect(await chain.tokens.take(never)).toMatch(/^access-/);
  });

  it("a registration that the server does not know is one, too", async () => {
    await chain.authorize();
    openid.behaviour = "refuse-client";
    const error = await failure(chain.tokens.take(never));
    expect(error).toBeInstanceOf(AccessError);
    expect(error).toMatchObject({ code: "oauth_client_refused" });
  });
});

describe("the end of a consent", () => {
  const life = async () => chain.store.read((tx) => tx.mailGrants.find());

  it("is unknown where the server tells nothing", async () => {
    await chain.authorize();
    expect(await life()).toMatchObject({ expiresAt: null, moves: false });
  });

  it("is kept as the server tells it, and each use says anew", async () => {
    openid.refreshSeconds = (7 * DAY) / 1_000;
    await chain.authorize();
    const end = chain.clock.now() + 7 * DAY;
    chain.clock.advance(HOUR);
    openid.refreshSeconds -= HOUR / 1_000;
    await chain.tokens.take(never);
    expect(await life()).toMatchObject({ expiresAt: end, moves: false });
  });

  it("moves where each use extends it", async () => {
    openid.refreshSeconds = (7 * DAY) / 1_000;
    await chain.authorize();
    chain.clock.advance(HOUR);
    await chain.tokens.take(never);
    expect(await life()).toMatchObject({ expiresAt: chain.clock.now() + 7 * DAY, moves: true });
  });

  it("stays what it was where a later answer says nothing of it", async () => {
    openid.refreshSeconds = (7 * DAY) / 1_000;
    await chain.authorize();
    const before = await life();
    openid.refreshSeconds = null;
    chain.clock.advance(HOUR);
    await chain.tokens.take(never);
    expect((await life())?.expiresAt).toBe(before?.expiresAt);
  });
});
