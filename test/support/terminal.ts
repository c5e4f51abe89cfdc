// A command on a pseudo-terminal, which python3 has and Node has not.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

export const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

/** Says how wide its terminal is, becomes the command, waits for each text in turn, and types what follows. */
const AT_TERMINAL = `
import fcntl, json, os, pty, struct, sys, termios
columns, steps, command = int(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 60, columns, 0, 0))
    os.execvp(command[0], command)
unread = b""
while True:
    while steps and steps[0][0].encode() in unread:
        text, keys = steps.pop(0)
        unread = unread.split(text.encode(), 1)[1]
        os.write(terminal, keys.encode())
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    sys.stdout.buffer.write(data)
    unread += data
sys.stdout.buffer.flush()
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.exit("not asked: " + json.dumps(steps) if steps else code)
`;

export interface Terminal {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly columns?: number;
  readonly steps?: readonly (readonly [awaited: string, typed: string])[];
}

/** All that reaches the terminal, of stdout and stderr. Rejects where a text of `steps` never came. */
export function atTerminal(
  args: readonly string[],
  { cwd, env, timeoutMs, columns = 200, steps = [] }: Terminal,
): Promise<{ code: number; text: string }> {
  const all = { PATH: process.env["PATH"] ?? "", TERM: "xterm-256color", ...env };
  const script = [
    "-c",
    AT_TERMINAL,
    String(columns),
    JSON.stringify(steps),
    process.execPath,
    MAIN,
  ];
  const options = { cwd, env: all, timeout: timeoutMs, maxBuffer: 1 << 24 };
  return new Promise((resolve, reject) => {
    execFile("python3", [...script, ...args], options, (error, stdout, stderr) => {
      const isOver = error === null || typeof error.code === "number";
      if (!isOver || stderr !== "") reject(new Error(`${error}\n${stderr}\n${stdout}`));
      else resolve({ code: Number(error?.code ?? 0), text: stdout.replaceAll("\r\n", "\n") });
    });
  });
}
