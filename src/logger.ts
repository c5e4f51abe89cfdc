// Logs go to stderr, one JSON object a line. What is personal or secret is not logged at all;
// redaction is the second line of defence.

import { pino } from "pino";
import type { Log } from "./ports.ts";
import { redact } from "./redact.ts";

const SECRET = [
  ...["password", "pass", "apiKey", "authorization", "token", "accessToken", "refreshToken"],
  ...["clientSecret", "raw", "text", "email", "address", "from", "to", "subject"],
];

export function createLog(level: string): Log {
  const logger = pino(
    {
      level,
      base: null,
      redact: SECRET.flatMap((name) => [name, `*.${name}`]),
      hooks: { streamWrite: redact },
    },
    pino.destination({ dest: 2, sync: true }),
  );
  return {
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    debug: (fields, message) => logger.debug(fields, message),
  };
}
