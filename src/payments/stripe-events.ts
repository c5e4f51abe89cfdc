// Which payments the events of an account are about (docs.stripe.com/api/events/types).

import { z } from "zod";

/** As many as one request may name. A refund that succeeds is a refund.updated. */
export const EVENT_TYPES = [
  "refund.created",
  "refund.updated",
  "refund.failed",
  "charge.refunded",
  "charge.refund.updated",
  "charge.succeeded",
  "charge.captured",
  "charge.updated",
  "charge.dispute.created",
  "charge.dispute.updated",
  "charge.dispute.closed",
  "charge.dispute.funds_withdrawn",
  "charge.dispute.funds_reinstated",
  "payment_intent.succeeded",
  "payment_intent.amount_capturable_updated",
  "payment_intent.requires_action",
  "payment_intent.processing",
  "payment_intent.partially_funded",
  "payment_intent.payment_failed",
  "payment_intent.canceled",
] as const;

const Reference = z
  .union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)])
  .nullish();

// Rendered in the API version of its day, not in ours: only what every version has is read.
const EventShape = z.object({
  data: z.object({
    object: z.object({
      object: z.string(),
      id: z.string(),
      payment_intent: Reference,
      charge: Reference,
    }),
  }),
});

/** Null where the event is about something else, or cannot be read. */
export function paymentOfEvent(event: unknown): string | null {
  const result = EventShape.safeParse(event);
  if (!result.success) return null;
  const thing = result.data.data.object;
  switch (thing.object) {
    case "payment_intent":
      return thing.id;
    case "charge":
      return thing.payment_intent ?? thing.id;
    case "refund":
    case "dispute":
      return thing.payment_intent ?? thing.charge ?? null;
    default:
      return null;
  }
}
