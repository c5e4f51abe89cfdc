// Who may import whom. Every edge is found by dependency-cruiser, types included; the rules are
// below as data, with each exception beside its reason.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cruise, type ICruiseResult, type IForbiddenRuleType } from "dependency-cruiser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Part of the house → what it may import, as patterns of paths below src/. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "domain/": ["domain/"],
  "ports\\.ts": ["domain/"],
  "store-port\\.ts": [
    ...[
      "domain/",
      "ports\\.ts",
      "job-store-port\\.ts",
      "refund-store-port\\.ts",
      "personal-store-port\\.ts",
      "census-port\\.ts",
      "shop-store-port\\.ts",
    ],
  ],
  // A part of store-port.ts, which hands it out; nobody else needs to know.
  "job-store-port\\.ts": [],
  "refund-store-port\\.ts": ["domain/"],
  "(personal-store|census|shop-store)-port\\.ts": ["domain/"],
  "ticket/": ["ticket/", "domain/", "ports\\.ts", "store-port\\.ts"],
  "jobs/": ["jobs/", "ticket/", "domain/", "ports\\.ts", "store-port\\.ts"],
  // A host of two kinds of jobs, on a store that is thrown away.
  "rehearsal/": ["rehearsal/", "jobs/", "ticket/", "domain/", "ports\\.ts", "store-port\\.ts"],
  // The loop over inbox and dispatcher: it knows both by their types, and is one of the jobs' hosts.
  "worker\\.ts": ["jobs/", "domain/", "(ports|dispatch-port|fleet-port|store-port)\\.ts"],
  // Everything of the worker but its adapters.
  "core\\.ts": [
    "jobs/",
    "ticket/",
    "ports\\.ts",
    "store-port\\.ts",
    "worker\\.ts",
    "pulse\\.ts",
    "dispatch/in-process\\.ts",
    "(dispatch|fleet)-port\\.ts",
  ],
  // What init and service write; asking and trying is the commands' work.
  "setup/": ["setup/", "domain/"],
  "mail/": ["mail/", "domain/", "(ports|heap|turns)\\.ts"],
  "oauth/": ["oauth/", "domain/", "ports\\.ts", "store-port\\.ts"],
  "payments/": ["payments/", "domain/", "ports\\.ts"],
  "store/": ["store/", "domain/", "ports\\.ts", "store-port\\.ts", "fleet-port\\.ts"],
  // It looks behind the ports: at headers, DNS records and the file of the database. commands/ hands it
  // what is built from the settings.
  "doctor/": ["doctor/", "domain/", "ports\\.ts", "store-port\\.ts", "ticket/", "mail/", "store/"],
  // What others see of the worker: it knows the loops by their pulse, and all else by the store.
  "health/": ["health/", "domain/", "ports\\.ts", "store-port\\.ts"],
  // It asks the lane keeper, which is a job's matter, which lanes wait.
  "dispatch/": [
    "dispatch/",
    "domain/",
    "ports\\.ts",
    "store-port\\.ts",
    "(dispatch|fleet)-port\\.ts",
  ],
  "dispatch-port\\.ts": ["ports\\.ts", "store-port\\.ts", "jobs/lanes\\.ts"],
  "fleet-port\\.ts": ["ports\\.ts", "store-port\\.ts"],
  // Who reads which mailbox, by what the workers of one database know of one another.
  "fleet/": ["fleet/", "domain/", "ports\\.ts", "store-port\\.ts", "fleet-port\\.ts"],
  "(clock|local-time|pulse|signer)\\.ts": ["ports\\.ts"],
  "calendar\\.ts": ["ports\\.ts", "local-time\\.ts"],
  "logger\\.ts": ["ports\\.ts", "redact\\.ts"],
  "data-key\\.ts": ["clock\\.ts", "domain/errors\\.ts", "store/(data-key-mark|location)\\.ts"],
  "environment\\.ts": ["domain/errors\\.ts"],
  // A mail server's URL is checked when the settings are read, by whoever will use it.
  "config\\.ts": [
    "domain/(errors|shop-id)\\.ts",
    "environment\\.ts",
    "mail/server-url\\.ts",
    "setting-types\\.ts",
  ],
  "setting-types\\.ts": ["mail/server-url\\.ts"],
};

/** Which package may be imported where; no other may be imported at all. */
const PACKAGE_OWNERS: Readonly<Record<string, string>> = {
  "better-sqlite3": "store/",
  kysely: "store/",
  pg: "store/",
  "@dbos-inc/dbos-sdk": "dispatch/",
  stripe: "payments/",
  "csv-parse": "payments/",
  imapflow: "mail/",
  mailparser: "mail/",
  mailauth: "mail/",
  nodemailer: "mail/",
  "openid-client": "oauth/",
  handlebars: "mail/",
  "html-to-text": "mail/",
  "@clack/prompts": "commands/init-interview\\.ts",
  "prom-client": "health/",
  pino: "logger\\.ts",
  croner: "calendar\\.ts",
  "@holiday-jp/holiday_jp": "calendar\\.ts",
  // At the edges, where what comes from outside is parsed; never in the core.
  zod: "((config|setting-types)\\.ts|payments/|mail/)",
};

const PURE = "^src/(domain/|ticket/|jobs/|rehearsal/|ports\\.ts|(refund-)?store-port\\.ts)";

function insideRules(): IForbiddenRuleType[] {
  return Object.entries(MAY_IMPORT).map(([part, allowed]) => ({
    name: `${part} imports only ${allowed.join(" ")}`,
    severity: "error",
    from: { path: `^src/${part}` },
    to: { path: "^src/", pathNot: `^src/(${allowed.join("|")})` },
  }));
}

function packageRules(): IForbiddenRuleType[] {
  const known = Object.keys(PACKAGE_OWNERS).join("|");
  return [
    ...Object.entries(PACKAGE_OWNERS).map(([name, owner]) => ({
      name: `only ${owner} imports ${name}`,
      severity: "error" as const,
      from: { path: "^src/", pathNot: `^src/${owner}` },
      to: { path: `node_modules/(@types/)?${name}/` },
    })),
    {
      name: "no package without an owner",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "node_modules/", pathNot: `node_modules/(@types/)?(${known}|node)/` },
    },
    {
      name: "the core imports no package and nothing of Node",
      severity: "error",
      from: { path: PURE },
      to: { dependencyTypes: ["npm", "npm-dev", "core"] },
    },
  ];
}

const RULES: readonly IForbiddenRuleType[] = [
  ...insideRules(),
  ...packageRules(),
  {
    name: "nobody imports main.ts",
    severity: "error",
    from: {},
    to: { path: "^src/main\\.ts$" },
  },
  {
    name: "only app.ts, main.ts and commands/ compose",
    severity: "error",
    from: { path: "^src/", pathNot: "^src/(app\\.ts|main\\.ts|open-\\w+\\.ts|commands/)" },
    to: { path: "^src/(app\\.ts|providers\\.ts|mail-access\\.ts|open-\\w+\\.ts|commands/)" },
  },
  {
    name: "app.ts knows no command",
    severity: "error",
    from: { path: "^src/(app|open-\\w+)\\.ts$" },
    to: { path: "^src/commands/" },
  },
  { name: "no cycles", severity: "error", from: {}, to: { circular: true } },
  { name: "every import is found", severity: "error", from: {}, to: { couldNotResolve: true } },
];

async function look(directory: string): Promise<ICruiseResult> {
  const { output } = await cruise(["src"], {
    baseDir: directory,
    ruleSet: { forbidden: [...RULES] },
    validate: true,
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
      extensions: [".ts", ".d.ts", ".js"],
    },
  });
  if (typeof output === "string") throw new Error("the result is no object");
  return output;
}

const breaches = ({ summary }: ICruiseResult) =>
  summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);

describe("the parts of the house", () => {
  let result: ICruiseResult;
  beforeAll(async () => {
    result = await look(ROOT);
  }, 120_000);

  it("are all read, types included", () => {
    const modules = result.modules.filter(({ source }) => source.startsWith("src/"));
    expect(modules.length).toBeGreaterThan(60);
    const edges = modules.flatMap(({ source, dependencies }) =>
      dependencies.map(({ resolved }) => `${source} → ${resolved}`),
    );
    // A type-only import, so that a compiler that drops those cannot turn this test green.
    expect(edges).toContain("src/dispatch/in-process.ts → src/dispatch-port.ts");
    expect(edges).toContain("src/store/events.ts → src/store-port.ts");
    for (const name of Object.keys(PACKAGE_OWNERS)) {
      const isUsed = edges.some((edge) => edge.includes(`node_modules/${name}/`));
      expect([name, isUsed || edges.some((edge) => edge.includes(`@types/${name}/`))]).toEqual([
        name,
        true,
      ]);
    }
  });

  it("import only what they may", () => {
    expect(breaches(result)).toEqual([]);
  });
});

describe("the rules themselves", () => {
  /** File → the import that breaks a rule, and which rule. */
  const PLANTED: readonly (readonly [string, string, RegExp])[] = [
    ["src/domain/a.ts", 'import "../ports.ts";', /^domain\/ imports only/],
    ["src/domain/b.ts", 'import "node:fs";', /^the core imports no package/],
    ["src/domain/c.ts", 'import type { z } from "zod";', /^only .* imports zod/],
    ["src/ticket/a.ts", 'import "../jobs/z.ts";', /^ticket\/ imports only/],
    ["src/ticket/b.ts", 'import "../store/z.ts";', /^ticket\/ imports only/],
    ["src/jobs/a.ts", 'import type {} from "../mail/z.ts";', /^jobs\/ imports only/],
    ["src/jobs/b.ts", 'import "node:crypto";', /^the core imports no package/],
    ["src/mail/a.ts", 'import "../payments/z.ts";', /^mail\/ imports only/],
    ["src/payments/a.ts", 'import "../store/z.ts";', /^payments\/ imports only/],
    ["src/store/a.ts", 'import "../ticket/z.ts";', /^store\/ imports only/],
    ["src/store/b.ts", 'import "stripe";', /^only payments\/ imports stripe/],
    ["src/dispatch/a.ts", 'import "../jobs/z.ts";', /^dispatch\/ imports only/],
    ["src/setup/a.ts", 'import "../mail/z.ts";', /^setup\/ imports only/],
    ["src/doctor/a.ts", 'import "../payments/z.ts";', /^doctor\/ imports only/],
    ["src/config.ts", 'import "./store/z.ts";', /^config\\.ts imports only/],
    ["src/mail/b.ts", 'import "vitest";', /^no package without an owner/],
    ["src/app.ts", 'import "./main.ts";', /^nobody imports main/],
    ["src/jobs/c.ts", 'import "../commands/z.ts";', /^only app.ts, main.ts and commands/],
    ["src/payments/b.ts", 'import "./c.ts";', /^no cycles/],
    ["src/mail/c.ts", 'import "./missing.ts";', /^every import is found/],
  ];
  const BYSTANDERS = ["ports", "main", "jobs/z", "store/z", "mail/z", "payments/z", "ticket/z"];
  let directory: string;
  let found: readonly string[];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "henkin-architecture-"));
    const write = (path: string, text: string) => {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), `${text}\nexport {};\n`);
    };
    for (const name of [...BYSTANDERS, "commands/z"]) write(`src/${name}.ts`, "");
    for (const [path, text] of PLANTED) write(path, text);
    write("src/payments/c.ts", 'import "./b.ts";');
    writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
    symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
    found = breaches(await look(directory));
  }, 120_000);
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each(PLANTED)("report %s: %s", (path, _text, rule) => {
    const here = found.filter((breach) => breach.includes(`: ${path} → `));
    expect(here.filter((breach) => rule.test(breach))).not.toEqual([]);
  });

  it("report nothing of what does no wrong", () => {
    const planted = new Set(PLANTED.map(([path]) => path));
    const others = found.filter((breach) => !planted.has(breach.split(/: | → /)[1] ?? ""));
    expect(others).toEqual([]);
  });
});
