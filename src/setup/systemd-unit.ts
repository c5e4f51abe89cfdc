// The unit with which systemd keeps the worker running, shut off from all of the system it does not
// need: it reads its own installation, writes its data, and talks to the network.

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

export function systemdUnit({ node, main, directory, user, writable }: Installation): string {
  // Homes are out of sight, unless something of henkin lies in one.
  const isInHome = [node, main, directory, ...writable].some((path) =>
    /^\/(?:home|root|run\/user)\//.test(path),
  );
  return `# Written by \`henkin service\`.
[Unit]
Description=henkin refund worker
Wants=network-online.target
After=network-online.target

[Service]
User=${user}
WorkingDirectory=${escaped(directory)}
ExecStart=${quotedPath(node)} ${argument(main)} run
Restart=always
RestartSec=10
# Wrong usage, wrong settings: another start would not help.
RestartPreventExitStatus=2 78
KillSignal=SIGTERM
TimeoutStopSec=${STOP_SECONDS}
UMask=0077
ReadWritePaths=${writable.map(quotedPath).join(" ")}
ProtectHome=${isInHome ? "read-only" : "yes"}
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
