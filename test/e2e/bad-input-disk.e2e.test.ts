// The disk is full: nothing can be recorded, so nothing may be done. The worker stops at once, says
// why, and goes on where it stood once there is room again.

import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { appendFile, mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { dovecotInstalled } from "../support/dovecot.ts";
import {
  expectNoRepeat,
  expectOneRefund,
  PATIENCE_MS,
  TIMEOUT_MS,
  test,
  untilRefunded,
  untilRequest,
  untilTold,
} from "./rig.ts";

const DISK_BYTES = 4 * 1024 * 1024;

function run(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

/** A small disk of its own is for root alone, and not for root in every container. */
const canMount = run("unshare", "--mount", "mount", "-t", "tmpfs", "none", tmpdir());
if (!canMount) {
  process.stderr.write("NOTE: no tmpfs can be mounted here, so only file limits are tried\n");
}

/** No file of this process grows any more; the kernel answers EFBIG, as a full disk does ENOSPC. */
function stopGrowth(pid: number, database: string): void {
  const { size } = statSync(`${database}-wal`);
  if (!run("prlimit", "--pid", String(pid), `--fsize=${size}`)) throw new Error("no prlimit");
}

describe.skipIf(!dovecotInstalled())(
  "a full disk",
  { timeout: TIMEOUT_MS, concurrent: true },
  () => {
    describe("stops the worker", () => {
      test("before a mail is taken in, and the mail comes in later", async ({ rig }) => {
        rig.addPayment();
        const worker = await rig.start();
        await rig.row("select synced_at from payment_sync where complete = 1");
        await rig.row("select last_key from mailbox_cursor where generation <> ''");
        stopGrowth(worker.pid, rig.database);
        await rig.receiveForm();
        expect(await worker.exited).toEqual({ code: 1, signal: null });
        expect(worker.stderr.at(-1)?.raw).toContain("Check free space");
        expect(worker.stderr.map(({ raw }) => raw).join("\n")).not.toContain("    at ");

        await rig.start();
        await untilRefunded(rig);
        await expectOneRefund(rig);
        expectNoRepeat(rig);
      });

      test("before it pays, and the refund is made later", async ({ rig }) => {
        rig.addPayment();
        const worker = await rig.start();
        const request = await untilRequest(rig);
        rig.networks.stripe.hold(/^GET \/v1\/payment_intents\/pi_679/, "to-server");
        await rig.answer(request, "OK");
        await rig.networks.stripe.held(PATIENCE_MS);
        stopGrowth(worker.pid, rig.database);
        rig.networks.stripe.release();
        expect(await worker.exited).toEqual({ code: 1, signal: null });
        expect(worker.stderr.at(-1)?.raw).toContain("Check free space");
        expect(rig.stripe.requestsTo("POST", "/v1/refunds")).toEqual([]);

        await rig.start();
        await untilTold(rig);
        await expectOneRefund(rig);
        expectNoRepeat(rig);
      });

      test("after it paid, and the refund is found later", async ({ rig }) => {
        rig.addPayment();
        const worker = await rig.start();
        const request = await untilRequest(rig);
        rig.networks.stripe.hold(/^POST \/v1\/refunds/, "to-server");
        await rig.answer(request, "OK");
        await rig.networks.stripe.held(PATIENCE_MS);
        stopGrowth(worker.pid, rig.database);
        rig.networks.stripe.release();
        expect(await worker.exited).toEqual({ code: 1, signal: null });
        expect(worker.stderr.at(-1)?.raw).toContain("Check free space");
        expect(rig.stripe.refunds).toHaveLength(1);

        await rig.start();
        await untilTold(rig);
        expect(rig.stripe.requestsTo("POST", "/v1/refunds")).toHaveLength(1);
        await expectOneRefund(rig);
        expectNoRepeat(rig);
      });
    });

    test.skipIf(!canMount)(
      "without any room stops the worker, which goes on when there is room",
      async ({ rig }) => {
        rig.addPayment();
        const disk = join(rig.directory, "disk");
        const filler = join(disk, "filler");
        const fill = () => appendFile(filler, Buffer.alloc(DISK_BYTES)).catch(() => {});
        await mkdir(disk);
        run("mount", "-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "none", disk);
        try {
          const env = { DATABASE_URL: `sqlite:${join(disk, "henkin.db")}` };
          const worker = await rig.start(env);
          await fill();
          await rig.receiveForm();
          expect(await worker.exited).toEqual({ code: 1, signal: null });
          expect(worker.stderr.at(-1)?.raw).toContain("Check free space");
          // What the first one gave back at its end is gone as well.
          await fill();
          const again = rig.launch(env);
          expect(await again.exited).toEqual({ code: 1, signal: null });
          expect(again.stderr.at(-1)?.raw).toContain("Check free space");

          await rm(filler);
          const third = await rig.start(env);
          await rig.request();
          third.kill();
          await third.exited;
        } finally {
          run("umount", "-l", disk);
        }
      },
    );
  },
);
