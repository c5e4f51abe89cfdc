// The pages for whoever watches, asked over the network as Prometheus does, and the heartbeat as the
// service that listens for it hears it.

import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import type { Worker } from "../support/worker.ts";
import {
  CUSTOMER,
  expectOneRefund,
  PATIENCE_MS,
  type Rig,
  TIMEOUT_MS,
  test,
  untilRefunded,
  untilRequest,
} from "./rig.ts";

const WATCHED = { HEALTH_PORT: "0", LOG_LEVEL: "info" };
/** Of the figures that were read last. */
const FRESH_MS = 5_000;

/** Where the worker says that it can be asked. */
async function addressOf(worker: Worker): Promise<string> {
  const told = await worker.waitForLog(
    ({ msg }) => msg === "health is shown on 127.0.0.1",
    PATIENCE_MS,
  );
  return `http://127.0.0.1:${told["port"]}`;
}

type Checks = Readonly<Record<string, { readonly ok: boolean; readonly at?: string | null }>>;

/** `accept`: what is waited for, where something else may have the same status for a moment. */
async function untilReady(
  rig: Rig,
  base: string,
  status: number,
  accept: (checks: Checks) => boolean = () => true,
) {
  for (const start = performance.now(); performance.now() < start + PATIENCE_MS + FRESH_MS; ) {
    const answer = await fetch(`${base}/readyz`);
    const body = (await answer.json()) as { checks: Checks };
    if (answer.status === status && accept(body.checks)) return body;
    await rig.until(() => true);
  }
  throw new Error(`/readyz does not become ${status}`);
}

/** On a server nobody misses an inbox that this worker has not been given to read yet. */
const hasReadInbox = ({ proof_of_life: life }: Checks) => typeof life?.at === "string";

/** "name{label="value"}" → figure. */
function figuresOf(text: string): ReadonlyMap<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  for (const line of lines) expect(line).toMatch(/^[a-zA-Z_:][\w:]*(?:\{[^}]*\})? [-+.\deE]+|NaN$/);
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(" ");
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

async function answerOf(base: string, path: string, method: string) {
  const asked = request(`${base}${path}`, { method }).end();
  const [answer] = await once(asked, "response");
  answer.resume();
  return answer as { statusCode: number; headers: Record<string, string> };
}

/** A service that hears heartbeats, or takes the call and never answers. */
async function listen(answers: boolean) {
  const heard: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    heard.push(url);
    if (answers) response.end("OK");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    heard,
    url: `http://127.0.0.1:${port}/ping/7c02a9f4-token`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

describe.skipIf(!dovecotInstalled())(
  "a worker that is watched",
  { timeout: TIMEOUT_MS, concurrent: true },
  () => {
    test("tells figures that agree with its story, and nobody's name", async ({ rig }) => {
      rig.addPayment();
      const worker = await rig.start(WATCHED);
      await untilRequest(rig);
      await untilRefunded(rig);
      const base = await addressOf(worker);
      // What was counted for others a moment ago is shown to the next, too; here nobody asked before.
      const answer = await fetch(`${base}/metrics`);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([
        200,
        expect.stringContaining("text/plain; version=0.0.4"),
      ]);
      const text = await answer.text();
      const figures = figuresOf(text);
      expect(Object.fromEntries(figures)).toMatchObject({
        'henkin_mails{class="refund_request"}': 1,
        'henkin_mails{class="staff_reply"}': 1,
        henkin_mails_unread: 0,
        henkin_mails_quarantined: 0,
        'henkin_tickets{status="refunded"}': 1,
        'henkin_tickets{status="awaiting_approval"}': 0,
        henkin_oldest_waiting_seconds: 0,
        'henkin_refunds{provider="stripe",status="succeeded"}': 1,
        'henkin_halted{reason="stop_switch"}': 0,
        'henkin_lane{lane="inbox",state="ok"}': 1,
        'henkin_lane{lane="provider:stripe",state="paused"}': 0,
      });
      expect(figures.get("henkin_last_mail_received_timestamp_seconds")).toBeGreaterThan(1e9);
      expect(figures.get("henkin_inbox_read_timestamp_seconds")).toBeGreaterThan(1e9);
      expect(figures.get('henkin_last_sync_timestamp_seconds{provider="stripe"}')).toBeGreaterThan(
        1e9,
      );
      expect(figures.get("process_resident_memory_bytes")).toBeGreaterThan(1e6);
      const said = `${text}${await (await fetch(`${base}/readyz`)).text()}`;
      const ours = said.replaceAll(/^process_.*|^nodejs_.*/gm, "");
      for (const personal of [CUSTOMER, "田中", "太郎", "example.jp"]) {
        expect(ours).not.toContain(personal);
      }
      // A number of its own: as a part of a time it says nothing.
      expect(ours).not.toMatch(/(?<![\d.])(?:679|2467)(?!\d)/);
    });

    test("answers on three pages, to who reads and on this machine alone", async ({ rig }) => {
      const base = await addressOf(await rig.start(WATCHED));
      // A worker that has hardly begun has not shown yet that it lives.
      await rig.until(async () => (await fetch(`${base}/healthz`)).ok);
      const asked = [
        ["GET", "/healthz", 200],
        ["HEAD", "/healthz", 200],
        ["HEAD", "/metrics", 200],
        ["GET", "/", 404],
        ["GET", "/constructor", 404],
        ["POST", "/metrics", 405],
        ["DELETE", "/readyz", 405],
      ] as const;
      for (const [method, path, status] of asked) {
        const { statusCode, headers } = await answerOf(base, path, method);
        expect([method, path, statusCode]).toEqual([method, path, status]);
        expect(headers).not.toHaveProperty("access-control-allow-origin");
      }
    });

    test("is not ready while its inbox or its right to pay is gone, and alive", async ({ rig }) => {
      const base = await addressOf(await rig.start(WATCHED));
      await untilReady(rig, base, 200, hasReadInbox);
      await rig.dovecot.down();
      const away = await untilReady(rig, base, 503, ({ inbox }) => inbox?.ok === false);
      expect(away.checks).toMatchObject({
        inbox: { ok: false, state: "failing", code: expect.stringMatching(/^imap_/) },
        smtp: { ok: true },
        "provider:stripe": { ok: true },
        database: { ok: true },
        refunds: { ok: true },
      });
      expect((await fetch(`${base}/healthz`)).status).toBe(200);
      await rig.dovecot.up();
      await untilReady(rig, base, 200);

      expect((await rig.henkin("stop")).code).toBe(0);
      const stopped = await untilReady(rig, base, 503, ({ refunds }) => refunds?.ok === false);
      expect(stopped.checks).toMatchObject({ refunds: { ok: false, state: "stop_switch" } });
      expect((await rig.henkin("resume")).code).toBe(0);
      await untilReady(rig, base, 200);
    });

    test("does not start where its port is another's", async ({ rig }) => {
      const other = await listen(true);
      try {
        const worker = rig.launch({ HEALTH_PORT: new URL(other.url).port });
        expect((await worker.exited).code).toBe(1);
        expect(worker.stderr.map(({ raw }) => raw).join("\n")).toContain("HEALTH_PORT");
      } finally {
        other.close();
      }
    });

    test("is heard, and says nowhere what its handle is called", async ({ rig }) => {
      const service = await listen(true);
      try {
        const worker = await rig.start({ HEARTBEAT_URL: service.url, LOG_LEVEL: "trace" });
        await rig.until(() => service.heard.length > 0);
        expect(service.heard).toEqual(["/ping/7c02a9f4-token"]);
        worker.kill();
        expect(await worker.exited).toEqual({ code: 0, signal: null });
        const said = worker.stderr.map(({ raw }) => raw).join("\n");
        expect(said).not.toContain("7c02a9f4");
        // Nobody failed to hear it.
        expect(said).not.toContain("heartbeat");
      } finally {
        service.close();
      }
    });

    test("says nothing while it cannot read its inbox", async ({ rig }) => {
      const service = await listen(true);
      await rig.dovecot.down();
      try {
        const worker = await rig.start({ ...WATCHED, HEARTBEAT_URL: service.url });
        const base = await addressOf(worker);
        await rig.row<{ failures: number }>(
          "select failures from lane where name = 'inbox'",
          ({ failures }) => failures >= 2,
        );
        const { checks } = await untilReady(rig, base, 503);
        expect(checks).toMatchObject({ proof_of_life: { ok: false, at: null } });
        expect(service.heard).toEqual([]);
        await rig.dovecot.up();
        await rig.until(() => service.heard.length > 0);
      } finally {
        service.close();
      }
    });

    test("works as ever while the service keeps its answer", async ({ rig }) => {
      const service = await listen(false);
      try {
        rig.addPayment();
        const worker = await rig.start({ HEARTBEAT_URL: service.url });
        await rig.until(() => service.heard.length > 0);
        await untilRequest(rig);
        await untilRefunded(rig);
        await expectOneRefund(rig);
        const told = await worker.waitForLog(
          ({ msg }) => msg === "the heartbeat is not heard",
          PATIENCE_MS,
        );
        expect(told).toMatchObject({ level: 40, why: "no answer in time" });
        worker.kill();
        expect(await worker.exited).toEqual({ code: 0, signal: null });
      } finally {
        service.close();
      }
    });
  },
);
