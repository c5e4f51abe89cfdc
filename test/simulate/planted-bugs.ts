// Bugs that refunds have died of, as changes of the source: each must be found by the simulation. A text
// that is not there any more fails the test, so that none is planted in vain.

export interface Bug {
  readonly name: string;
  readonly changes: readonly {
    readonly file: string;
    readonly from: string;
    readonly to: string;
  }[];
}

const call = "src/jobs/call-refund.ts";
const prepare = "src/jobs/prepare-refund.ts";

export const BUGS: readonly Bug[] = [
  {
    name: "a new key for every attempt",
    changes: [
      {
        file: call,
        from: "{ paymentId, amountMinor, currency, reason, metadata, idempotencyKey },",
        to: "{ paymentId, amountMinor, currency, reason, metadata, idempotencyKey: idempotencyKey + performance.now() },",
      },
    ],
  },
  {
    name: "the key is stored after the call",
    changes: [
      {
        file: prepare,
        from: "async act({ proposal, opening, known }, _job, signal) {",
        to: "async act({ proposal, opening, known, decisive, ticket, round }, job, signal) {",
      },
      {
        file: prepare,
        from: "const payment = await provider.retrievePayment(proposal.paymentId, signal);",
        to: `const payment = await provider.retrievePayment(proposal.paymentId, signal);
      const about = [proposal.account, proposal.paymentId, ticket.openedBy, ticket.id, round.round] as const;
      const digest = deps.desk.signer.derive(proposal.action, ...about);
      if (await deps.mayPay(job)) {
        await provider.createRefund({
          paymentId: proposal.paymentId,
          amountMinor: decisive.amountMinor,
          currency: proposal.currency,
          reason: decisive.reason,
          metadata: {
            henkin_ticket: String(ticket.number),
            henkin_refund: digest.slice(0, 32),
            henkin_digest: digest,
          },
          idempotencyKey: \`henkin-\${deps.desk.signer.derive("idempotency-key", proposal.action, ...about)}\`,
        }, signal);
      }`,
      },
    ],
  },
  {
    name: "no look-up after 24 hours",
    changes: [
      {
        file: call,
        from: 'const ours = findOurs(refunds, refund);\n  if (ours !== null) return { kind: "answered", refund: ours };\n  if (reading',
        to: 'const isOld = clock.now() - refund.keyStoredAt > 24 * HOUR_MS;\n  const ours = isOld ? null : findOurs(refunds, refund);\n  if (ours !== null) return { kind: "answered", refund: ours };\n  if (reading',
      },
      { file: call, from: "isKeyOld && left < leftThen;", to: "isKeyOld && left < 0;" },
    ],
  },
  {
    name: "two refunds in flight for one payment",
    changes: [
      {
        file: "src/ticket/obstacles.ts",
        from: 'ours.some(({ state }) => state === "planned" || state === "unknown")',
        to: "ours.length < 0",
      },
      {
        file: "src/store/migrations.ts",
        from: "that staff are asked for is one.\n    `create unique index refund_in_flight",
        to: "that staff are asked for is one.\n    `create index refund_in_flight",
      },
    ],
  },
  {
    name: "charge_already_refunded is read as our own refund",
    changes: [
      {
        file: call,
        from: '// "Already refunded" does not say by whom: it may be our own earlier call.',
        to: `if (error.code === "charge_already_refunded") {
      const { id, paymentId, amountMinor, currency, metadata } = refund;
      return {
        kind: "answered",
        refund: {
          id: \`re_of_\${id}\`, paymentId, amountMinor, currency, metadata, status: "succeeded",
          rawStatus: "succeeded", failureReason: null, createdAt: refund.keyStoredAt, traceReference: null,
        },
      };
    }`,
      },
    ],
  },
  {
    name: "the cursor moves before the mails are committed",
    changes: [
      {
        file: "src/jobs/receive-mail.ts",
        from: "const stored = await storeAll(deps, wanted, { sinceAt: floor, oldUntil, end }, ahead, signal);",
        to: `const early = { ...listing, sinceAt: scan.sinceAt, fullScanAt: scan.fullScanAt };
  await store.write((tx) => tx.messages.saveCursor(inbox.mailbox, early));
  const stored = await storeAll(deps, wanted, { sinceAt: floor, oldUntil, end }, ahead, signal);`,
      },
    ],
  },
  {
    name: "no compare-and-set on approval",
    changes: [
      {
        file: "src/ticket/decide.ts",
        from: 'if (round.state !== "open") return round.state === "decided" ? "decided" : "superseded";\n  if (ticket.version !== round.ticketVersion) return "superseded";',
        to: "",
      },
      {
        file: "src/ticket/answer.ts",
        from: 'if (round.state !== "open") return round.state === "decided" ? "decided" : "superseded";',
        to: "",
      },
      {
        file: "src/store/approvals.ts",
        from: '.where("state", "=", "open")',
        to: "",
      },
    ],
  },
  {
    name: "a mail in doubt is sent again at once",
    changes: [
      {
        file: "src/jobs/send-mail.ts",
        from: "const UNCERTAIN_WAIT_MS = 15 * MINUTE_MS;",
        to: "const UNCERTAIN_WAIT_MS = 0 * MINUTE_MS;",
      },
    ],
  },
  {
    name: "random keys after a restore",
    changes: [
      {
        file: prepare,
        from: "const about = [payment.account, payment.id, ticket.openedBy, ticket.id, round.round] as const;",
        to: "const about = [payment.account, payment.id, performance.now(), ticket.id, round.round] as const;",
      },
    ],
  },
  {
    name: "a transfer by hand beside a refund that is pending",
    changes: [
      {
        file: "src/ticket/obstacles.ts",
        from: 'const open = wanted.action === "payout" ? stillPaying(ours, pendingElsewhere) : [];',
        to: 'const open = wanted.action === "payout" ? stillPaying([], []) : [];',
      },
    ],
  },
  {
    name: "a worker that was taken for dead sends all the same",
    changes: [
      {
        file: "src/jobs/send-mail.ts",
        from: "await keep(tx, job);\n      const now = clock.now();",
        to: "const now = clock.now();",
      },
    ],
  },
];
