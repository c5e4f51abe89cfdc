import { expect, it } from "vitest";
import { jobsTable } from "../../src/store/jobs.ts";
import { explain } from "../support/explain.ts";

it("jobs are claimed without a look at all that were ever done", async () => {
  const plans = await explain(async (db) => {
    const jobs = jobsTable(db, "shop", () => 0);
    const job = { id: "a", kind: "send_mail", lane: "smtp", ticketId: "t", payload: {} } as const;
    await jobs.add({ ...job, dueAt: 0 });
    expect(await jobs.claim(1, [{ lane: "smtp", limit: 1 }])).toHaveLength(1);
  });
  const claim = plans.find(({ sql }) => sql.includes("not exists"));
  expect(claim?.steps.filter((step) => /^SEARCH|^SCAN/.test(step))).toEqual([
    expect.stringContaining("INDEX job_due (shop_id=? AND lane=? AND due_at<?)"),
    expect.stringContaining("INDEX job_ticket (shop_id=? AND ticket_id=?)"),
  ]);
});
