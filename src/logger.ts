// Logs go to stderr, one JSON object a line. What is personal or secret is not logged at all;
// redaction is the second line of defence.

import { pino } from "pino";
import type { Log } from "./ports.ts";

const SECRET = ["password", "pass", "apiKey", "authorization", "raw", "text", "email", "address"];

export function createLog(level: string): Log {
  const logger = pino(
    { level, base: null, redact: SECRET.flatMap((name) => [name, `*.${name}`]) },
    pino.destination({ dest: 2, sync: true }),
  );
  return {
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    debug: (fields, message) => logger.debug(fields, message),
  };
}
