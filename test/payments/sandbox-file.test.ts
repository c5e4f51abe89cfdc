import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createSandboxProvider } from "../../src/payments/sandbox.ts";
import type { PaymentProvider, RefundRequest } from "../../src/ports.ts";
import { type Built, buildModules } from "../support/built.ts";

const NOW = Date.UTC(2026, 10, 20, 3, 0, 0);
const signal = new AbortController().signal;

let folder = "";
let path = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "henkin-sandbox-"));
  path = join(folder, "payments.json");
});
afterEach(() => rm(folder, { recursive: true }));

const sandbox = (): PaymentProvider => createSandboxProvider({ path, now: () => NOW });

const ENTRY = {
  id: "pi_1",
  amount: 2467,
  currency: "jpy",
  status: "succeeded",
  method: "card",
  description: "見本商店 - 注文 679",
  metadata: { order_id: 679 },
  payerName: "山田 花子",
  payerEmail: "Hanako@Example.jp",
  paidAt: "2026-11-01T12:00:00+09:00",
  refunded: 0,
  disputed: false,
  livemode: false,
};

const write = (...entries: unknown[]) => writeFile(path, JSON.stringify(entries));
const readState = async () => JSON.parse(await readFile(`${path}.state.json`, "utf8"));

const REFUND: RefundRequest = {
  paymentId: "pi_1",
  amountMinor: 1000,
  currency: "JPY",
  reason: "requested_by_customer",
  metadata: { henkin_ticket: "R-1" },
  idempotencyKey: "key-1",
};

describe("the state of the sandbox", () => {
  it("holds the refunds for another process to read", async () => {
    await write(ENTRY, { ...ENTRY, id: "pi_2", status: "requires_capture" });
    const refund = await sandbox().createRefund(REFUND, signal);
    await sandbox().cancelPayment({ paymentId: "pi_2", idempotencyKey: "void" }, signal);
    expect(await readState()).toMatchObject({
      refunds: [
        {
          id: refund.id,
          paymentId: "pi_1",
          amount: 1000,
          currency: "JPY",
          status: "succeeded",
          reason: "requested_by_customer",
          metadata: { henkin_ticket: "R-1" },
          createdAt: NOW,
        },
      ],
      canceled: ["pi_2"],
    });
  });

  it("names refunds after their key, so that a lost state repeats them", async () => {
    await write(ENTRY);
    const first = await sandbox().createRefund(REFUND, signal);
    await rm(`${path}.state.json`);
    const again = await sandbox().createRefund(REFUND, signal);
    expect(again.id).toBe(first.id);
    expect(first.id).toMatch(/^re_sandbox_[0-9a-f]{24}$/);
  });

  it("may be changed from outside: a refund that fails later frees its amount", async () => {
    await write(ENTRY);
    const { id } = await sandbox().createRefund({ ...REFUND, amountMinor: 2467 }, signal);
    const state = await readState();
    state.refunds[0].status = "failed";
    state.refunds[0].failureReason = "declined";
    await writeFile(`${path}.state.json`, JSON.stringify(state));
    expect(await sandbox().retrieveRefund(id, signal)).toMatchObject({
      status: "failed",
      failureReason: "declined",
    });
    expect(await sandbox().retrievePayment("pi_1", signal)).toMatchObject({ refundedMinor: 0 });
    state.refunds[0].status = "teleported";
    await writeFile(`${path}.state.json`, JSON.stringify(state));
    expect(await sandbox().retrieveRefund(id, signal)).toMatchObject({
      status: "unknown",
      rawStatus: "teleported",
    });
  });

  it("is never begun anew where it cannot be read", async () => {
    await write(ENTRY);
    await writeFile(`${path}.state.json`, '{"refunds":');
    await expect(sandbox().createRefund(REFUND, signal)).rejects.toMatchObject({
      name: "AccessError",
    });
    await writeFile(`${path}.state.json`, '{"refunds":[{}]}');
    await expect(sandbox().createRefund(REFUND, signal)).rejects.toMatchObject({
      code: "sandbox_state_invalid",
    });
  });

  it("is whole at every moment, for readers and after a kill", async () => {
    await write({ ...ENTRY, amount: 1_000_000 });
    const writer = await writeRefundsForEver();
    const seen = new Set<number>();
    while (seen.size < 8) {
      const refunds = await sandbox().listRefunds("pi_1", signal);
      seen.add(refunds.length);
      expect(writer.exitCode).toBeNull();
      await setImmediate();
    }
    writer.kill("SIGKILL");
    await new Promise((resolve) => writer.once("exit", resolve));
    const { refunds, idempotency } = await readState();
    expect(Object.keys(idempotency)).toHaveLength(refunds.length);
  });
});

let built: Built | undefined;
beforeAll(async () => {
  built = await buildModules({ sandbox: "./src/payments/sandbox.ts" });
});
afterAll(() => built?.remove());

/** Another process at work on the same files. */
async function writeRefundsForEver(): Promise<ChildProcess> {
  const script = `
    import { createSandboxProvider } from ${JSON.stringify(built?.url("sandbox"))};
    const sandbox = createSandboxProvider({ path: ${JSON.stringify(path)}, now: () => 0 });
    const request = ${JSON.stringify({ ...REFUND, amountMinor: 1 })};
    const { signal } = new AbortController();
    for (let n = 0; ; n += 1) {
      await sandbox.createRefund({ ...request, idempotencyKey: "key-" + n }, signal);
    }
  `;
  return spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "inherit" });
}
