// What doctor says about GMO Epsilon, by looking an order up that nobody has.

import { AppError, TransientError } from "../domain/errors.ts";
import type { Finding } from "../ports.ts";
import { EPSILON_MEND, type EpsilonClient } from "./epsilon-client.ts";

export async function diagnoseEpsilon(
  client: EpsilonClient,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const mode: Finding = {
    level: "ok",
    check: "epsilon contract",
    message: client.livemode
      ? `${client.contractCode} at ${client.base.host}: orders are real`
      : `${client.contractCode} at ${client.base.host}: a test environment`,
    mend: null,
  };
  const lookUp = await lookUpFinding(client, signal);
  return lookUp.level === "fail" ? [mode, lookUp] : [mode, lookUp, client.clock.finding()];
}

async function lookUpFinding(client: EpsilonClient, signal: AbortSignal): Promise<Finding> {
  const check = "epsilon look-up";
  try {
    const answer = await client.probe(signal);
    switch (answer.kind) {
      case "empty":
        return {
          level: "ok",
          check,
          message: "answers, so this machine's address is registered",
          mend: null,
        };
      case "error": {
        const words = [answer.code, answer.detail].filter((part) => part !== "").join(": ");
        return { level: "fail", check, message: `is refused (${words})`, mend: EPSILON_MEND };
      }
      default:
        return {
          level: "fail",
          check,
          message: "an order that nobody has got another answer than the empty one",
          mend: "Compare EPSILON_API_BASE with the contract; it ends in /cgi-bin/order/.",
        };
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const mend =
      error instanceof TransientError
        ? "Check EPSILON_API_BASE, the network and any firewall on the way, or try again later."
        : EPSILON_MEND;
    return { level: "fail", check, message: error.message, mend };
  }
}
