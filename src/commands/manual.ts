// Every command, as --help shows it, and where its work is done.

import type { Command, CommandGroup } from "./command.ts";
import { DECIDE } from "./manual-decide.ts";
import { OPERATE } from "./manual-operate.ts";
import { PERSONAL_DATA } from "./manual-personal-data.ts";
import { SHOPS } from "./manual-shops.ts";
import { TRY } from "./manual-try.ts";
import { WATCH } from "./manual-watch.ts";

/** In the order in which a shop meets them. */
export const GROUPS: readonly CommandGroup[] = [TRY, WATCH, DECIDE, OPERATE, SHOPS, PERSONAL_DATA];

export const COMMANDS: readonly Command[] = GROUPS.flatMap(({ commands }) => commands);
