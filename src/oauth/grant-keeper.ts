// Where the refresh token lies: sealed, in one row. What it is of is sealed with it, so that a token of
// another account, server or registration is none.

import { type GrantLife, newGrant, renewed } from "../domain/mail-grant.ts";
import type { Vault } from "../ports.ts";
import type { MailGrant, Store, WriteTx } from "../store-port.ts";

export interface GrantKeeper {
  /** Null where nobody has consented, or not to this. */
  find(): Promise<Grant | null>;
  /** Of a consent just given. */
  begin(
    refreshToken: string,
    lifeMs: number | null,
    also: (tx: WriteTx) => Promise<void>,
  ): Promise<void>;
  /** After a use: the token of before is forgotten in the transaction that keeps the new one. */
  renew(grant: Grant, refreshToken: string | null, lifeMs: number | null): Promise<void>;
}

export interface Grant extends GrantLife {
  readonly refreshToken: string;
}

export function keepGrants(
  store: Pick<Store, "read" | "write">,
  vault: Vault,
  /** Account, server and registration. */
  about: readonly string[],
  now: () => number,
): GrantKeeper {
  const label = JSON.stringify(["mail grant", ...about]);
  const sealedRow = (refreshToken: string, life: GrantLife): MailGrant => ({
    ...{ grantedAt: life.grantedAt, renewedAt: life.renewedAt },
    ...{ expiresAt: life.expiresAt, moves: life.moves },
    sealed: vault.seal(refreshToken, label),
  });
  return {
    async find() {
      const row = await store.read((tx) => tx.mailGrants.find());
      const refreshToken = row === undefined ? null : vault.open(row.sealed, label);
      return row === undefined || refreshToken === null ? null : { ...row, refreshToken };
    },
    begin: (refreshToken, lifeMs, also) =>
      store.write(async (tx) => {
        await tx.mailGrants.save(sealedRow(refreshToken, newGrant(now(), lifeMs)));
        await also(tx);
      }),
    renew: (grant, refreshToken, lifeMs) =>
      store.write((tx) => {
        const life = renewed(grant, now(), lifeMs);
        return tx.mailGrants.save(sealedRow(refreshToken ?? grant.refreshToken, life));
      }),
  };
}
