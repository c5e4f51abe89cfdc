// Modules of src as JavaScript, for a process of its own: Node 20 loads no TypeScript.

import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "rolldown";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Built {
  path(name: string): string;
  /** To be imported from. */
  url(name: string): string;
  remove(): Promise<void>;
}

/** @param modules paths from the root by the names that the files are to have */
export async function buildModules(modules: Readonly<Record<string, string>>): Promise<Built> {
  // Where packages are found from.
  const folder = await mkdtemp(join(ROOT, "node_modules", ".built-"));
  const remove = () => rm(folder, { recursive: true });
  await build({
    cwd: ROOT,
    input: { ...modules },
    platform: "node",
    external: (name) => !/^[./]/.test(name),
    output: { dir: folder, entryFileNames: "[name].js" },
  }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const path = (name: string) => join(folder, `${name}.js`);
  return {
    path,
    url: (name) => pathToFileURL(path(name)).href,
    remove,
  };
}
