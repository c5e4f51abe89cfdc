import { keepHeapSmall } from "../heap.ts";
import { createLog } from "../logger.ts";
import { EXIT, type Run, readArgs } from "./command.ts";

export const run: Run = async (args, { env, directory, stop }) => {
  const { values } = readArgs(args, { once: { type: "boolean" } }, { least: 0, most: 0 });
  keepHeapSmall();
  const { buildApp, loadAppSettings } = await import("../app.ts");
  const settings = await loadAppSettings(env, directory);
  const log = createLog(settings.ofProcess.LOG_LEVEL);
  const tell = () => log.info({}, "henkin stops when the job in hand is done");
  stop.addEventListener("abort", tell, { once: true });
  const app = await buildApp(settings, directory, { log, once: values.once ?? false });
  try {
    const { envShop } = settings;
    log.info(envShop === null ? {} : { dryRun: envShop.DRY_RUN }, "henkin is at work");
    await (values.once ? app.runOnce(stop) : app.run(stop));
    log.info({}, "henkin has stopped");
  } finally {
    await app.close();
  }
  return EXIT.done;
};
