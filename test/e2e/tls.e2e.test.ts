// TLS as the operator would meet it: a certificate that is not the server's stops every connection
// before a word is said, to the mailbox, to the mail server and to each payment provider.

import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as selfSigned from "../mail/localhost-certificate.ts";
import { authority, expired, key, ofAnotherHost, valid } from "../support/certificates.ts";
import { runCommand } from "../support/worker.ts";
import { SHOP_SETTINGS } from "./rig.ts";

const SERVERS = ["imap", "smtp", "stripe", "smartpay", "epsilon", "makeshop"] as const;
type Name = (typeof SERVERS)[number];
const GREETINGS: Partial<Record<Name, string>> = { imap: "* OK x\r\n", smtp: "220 x\r\n" };

const closing: (() => void)[] = [];
let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "henkin-tls-"));
  await writeFile(join(cwd, "authority.pem"), authority);
});
afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await rm(cwd, { recursive: true });
});

/** Six servers with that certificate, which hear what is said to them and then hang up. */
async function startServers(certificate: { readonly cert: string; readonly key: string }) {
  const heard = new Set<Name>();
  const ports = {} as Record<Name, number>;
  for (const name of SERVERS) {
    const server = createServer(certificate, (socket: TLSSocket) => {
      socket.on("error", () => socket.destroy());
      socket.on("data", () => {
        heard.add(name);
        socket.destroy();
      });
      socket.write(GREETINGS[name] ?? "");
    });
    server.on("tlsClientError", () => undefined);
    await once(server.listen(0, "localhost"), "listening");
    ports[name] = (server.address() as AddressInfo).port;
    closing.push(() => server.close());
  }
  return { heard, ports };
}

function doctor(ports: Readonly<Record<Name, number>>, settings: Record<string, string> = {}) {
  const env = {
    ...SHOP_SETTINGS,
    INBOX_URL: `imaps://shop:s3cret@localhost:${ports.imap}/INBOX`,
    OUTBOX_URL: `smtps://shop:s3cret@localhost:${ports.smtp}`,
    STRIPE_API_KEY: "sk_test_henkin",
    STRIPE_API_BASE: `https://localhost:${ports.stripe}`,
    SMARTPAY_SECRET_KEY: "sk_test_smartpay",
    SMARTPAY_API_BASE: `https://localhost:${ports.smartpay}`,
    EPSILON_CONTRACT_CODE: "12345678",
    EPSILON_API_BASE: `https://localhost:${ports.epsilon}/cgi-bin/order/`,
    MAKESHOP_SHOP_ID: "shop",
    MAKESHOP_TOKEN: "makeshop-token",
    MAKESHOP_API_BASE: `https://localhost:${ports.makeshop}`,
    NODE_EXTRA_CA_CERTS: join(cwd, "authority.pem"),
    ...settings,
  };
  return runCommand(["doctor", "--json"], { cwd, env, timeoutMs: 90_000 });
}

describe("a server is told nothing where its certificate", { timeout: 120_000 }, () => {
  test.each([
    ["is signed by nobody", { cert: selfSigned.cert, key: selfSigned.key }],
    ["is of another host", { cert: ofAnotherHost, key }],
    ["has expired", { cert: expired, key }],
  ])("%s", async (_fault, certificate) => {
    const { heard, ports } = await startServers(certificate);
    const { code, json } = await doctor(ports);
    expect(code).toBe(1);
    expect([...heard]).toEqual([]);
    const said = (check: string) => json.find((line) => line["check"] === check);
    expect(said("inbox")).toMatchObject({
      level: "fail",
      mend: expect.stringMatching(/certificate/),
    });
  });

  test("is right: then all of them are", async () => {
    const { heard, ports } = await startServers({ cert: valid, key });
    await doctor(ports);
    expect([...heard].sort()).toEqual([...SERVERS].sort());
  });

  test("is not to be looked at, as the environment says: henkin does not start", async () => {
    const { heard, ports } = await startServers({ cert: selfSigned.cert, key: selfSigned.key });
    const unverified = { NODE_TLS_REJECT_UNAUTHORIZED: "0" };
    const { code, stderr, stdout } = await doctor(ports, unverified);
    expect(code).not.toBe(0);
    expect(`${stderr}${stdout}`).toMatch(/NODE_TLS_REJECT_UNAUTHORIZED: .*remove it/);
    expect([...heard]).toEqual([]);
  });
});
