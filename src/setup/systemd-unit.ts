// The unit with which systemd keeps the worker running, shut off from all of the system it does not
// need: it reads its own installation, writes its data, and talks to the network. Where several share a
// database it is a template: henkin@1 and henkin@2 are two workers of this machine.

export interface Installation {
  readonly node: string;
  /** dist/main.js */
  readonly main: string;
  /** Where .env is. */
  readonly directory: string;
  readonly user: string;
  /** Folders that the worker writes to. */
  readonly writable: readonly string[];
}

export interface ManyWorkers extends Installation {
  /** HEALTH_PORT of the settings; null where none is opened. */
  readonly healthPort: number | null;
}

/** The worker ends by itself within 30 seconds of SIGTERM. */
const STOP_SECONDS = 40;

// V8 makes its machine code writable before it runs it, so MemoryDenyWriteExecute cannot be set.
const HARDENING = `NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
PrivateTmp=yes
PrivateDevices=yes
DevicePolicy=closed
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
LockPersonality=yes
KeyringMode=private
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources`;

export function systemdUnit(installation: Installation): string {
  return unitOf(installation, {
    note: "",
    description: "henkin refund worker",
    settings: "",
  });
}

/** To be saved as henkin@.service. */
export function systemdTemplate({ healthPort, ...installation }: ManyWorkers): string {
  const own = `${escaped(installation.directory)}/worker-%i.env`;
  return unitOf(installation, {
    note: "# A template, to be saved as henkin@.service: henkin@1 is one worker, henkin@2 another.\n",
    description: "henkin refund worker %i",
    settings: `# These win over .env, and what the file says of this worker alone wins over them.
Environment=WORKER_ID=%H-%i
${healthPort === null ? "" : `Environment=HEALTH_PORT=${portOf(healthPort)}\n`}EnvironmentFile=-${own}
`,
  });
}

/** No two workers can have the same port: the last digit becomes the instance. "Any free one" is each one's own. */
function portOf(port: number): string {
  return port === 0 ? "0" : `${Math.floor(port / 10) || ""}%i`;
}

interface Wording {
  /** Lines, each with its end. */
  readonly note: string;
  readonly description: string;
  readonly settings: string;
}

function unitOf(
  { node, main, directory, user, writable }: Installation,
  { note, description, settings }: Wording,
): string {
  // Homes are out of sight, unless something of henkin lies in one.
  const isInHome = [node, main, directory, ...writable].some((path) =>
    /^\/(?:home|root|run\/user)\//.test(path),
  );
  // With a database on a server there may be no folder to write to.
  const writing =
    writable.length === 0 ? "" : `ReadWritePaths=${writable.map(quotedPath).join(" ")}\n`;
  return `# Written by \`henkin service\`.
${note}[Unit]
Description=${description}
Wants=network-online.target
After=network-online.target

[Service]
User=${user}
WorkingDirectory=${escaped(directory)}
${settings}ExecStart=${quotedPath(node)} ${argument(main)} run
Restart=always
RestartSec=10
# Wrong usage, wrong settings: another start would not help.
RestartPreventExitStatus=2 78
KillSignal=SIGTERM
TimeoutStopSec=${STOP_SECONDS}
UMask=0077
${writing}ProtectHome=${isInHome ? "read-only" : "yes"}
${HARDENING}

[Install]
WantedBy=multi-user.target
`;
}

/** A percent sign begins a specifier. */
function escaped(path: string): string {
  return path.replaceAll("%", "%%");
}

function quotedPath(path: string): string {
  return /^[\w@%+.,:/=-]+$/.test(path)
    ? escaped(path)
    : `"${escaped(path).replace(/["\\]/g, "\\$&")}"`;
}

/** Of a command line: behind its first word a dollar sign begins a variable. */
function argument(path: string): string {
  return quotedPath(path).replaceAll("$", "$$$$");
}
