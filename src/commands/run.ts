import { setFlagsFromString } from "node:v8";
import { createLog } from "../logger.ts";
import { EXIT, type Run, readArgs } from "./command.ts";

export const run: Run = async (args, { env, directory, stop }) => {
  const { values } = readArgs(args, { once: { type: "boolean" } }, { least: 0, most: 0 });
  // Else V8 lets garbage grow to several times what lives before it looks; a shop's machine is small.
  setFlagsFromString("--heap-growing-percent=50");
  // What the start loads stays, so that room for new objects would only grow, by 25 MB, and an idle
  // process never gives it back.
  setFlagsFromString("--semi-space-growth-factor=1");
  const { buildApp, loadWorkerConfig } = await import("../app.ts");
  const config = await loadWorkerConfig(env, directory);
  const log = createLog(config.LOG_LEVEL);
  const tell = () => log.info({}, "henkin stops when the job in hand is done");
  stop.addEventListener("abort", tell, { once: true });
  const app = await buildApp(config, directory, log);
  try {
    log.info({ dryRun: config.DRY_RUN }, "henkin is at work");
    await (values.once ? app.runOnce(stop) : app.run(stop));
    log.info({}, "henkin has stopped");
  } finally {
    await app.close();
  }
  return EXIT.done;
};
