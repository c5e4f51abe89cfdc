// How the text of a setting is read: what it must look like, and what it becomes. Which setting is of
// which type stands in config.ts.

import { isIP } from "node:net";
import { z } from "zod";
import { parseServerUrl } from "./mail/server-url.ts";

export const address = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[^\s@<>,;"]+@[^\s@<>,;"]+\.[^\s@<>,;".]+$/, "is not a mail address");

export const list = (text: string) =>
  text
    .split(/[,\s]+/)
    .map((part) => part.trim())
    .filter((part) => part !== "");

export const addresses = z
  .string()
  .transform(list)
  .pipe(z.array(address).min(1, "names no address"));

export const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, "is not a whole number")
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be from ${least} to ${most}`);

export const flag = z
  .enum(["0", "1", "true", "false"], "must be 1 or 0")
  .transform((value) => value === "1" || value === "true");

const PASSWORD_PROBLEM = "needs user and password, as in imaps://user:password@host/INBOX";
const SMTP_PASSWORD_PROBLEM = "needs both user and password before the host, or neither";

/** What a URL lacks that names a user and no password, where nobody else vouches for that user. */
export const passwordProblem = (scheme: "imap" | "smtp"): string => {
  const problem = scheme === "imap" ? PASSWORD_PROBLEM : SMTP_PASSWORD_PROBLEM;
  return `${problem}; without a password it needs MAIL_OAUTH`;
};

/** Whether this URL names a user, and leaves it to MAIL_OAUTH to prove it. */
export function needsToken(url: string, scheme: "imap" | "smtp"): boolean {
  if (url.startsWith("maildir:")) return false;
  const { user, password } = parseServerUrl(url, scheme);
  return user !== "" && password === "";
}

function urlProblem(text: string, scheme: "imap" | "smtp"): string | null {
  if (text.startsWith("maildir:")) return text.length > 8 ? null : "names no folder";
  try {
    const { user, password } = parseServerUrl(text, scheme);
    if (user !== "" || (scheme === "smtp" && password === "")) return null;
    return scheme === "imap" ? PASSWORD_PROBLEM : SMTP_PASSWORD_PROBLEM;
  } catch (error) {
    return `${(error as Error).message} (or be maildir:FOLDER)`;
  }
}

export const mailUrl = (scheme: "imap" | "smtp") =>
  z.string().superRefine((text, context) => {
    const problem = urlProblem(text, scheme);
    if (problem !== null) context.addIssue({ code: "custom", message: problem });
  });

export const origin = z.string().refine((text) => {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const isLoopback = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  return url.origin === text.replace(/\/$/, "") && (url.protocol === "https:" || isLoopback);
}, "must be an https origin such as https://api.example.jp (http on loopback only)");

/** "google", "microsoft", or where a server of one's own says what it is. */
export const oauthIssuer = z.string().refine((text) => {
  if (text === "google" || text === "microsoft") return true;
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, search, hash, username } = new URL(text);
  const isLoopback = ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  const isSafe = protocol === "https:" || (protocol === "http:" && isLoopback);
  return isSafe && search === "" && hash === "" && username === "";
}, "must be google, microsoft or an https issuer such as https://login.example.jp (http on loopback only)");

export const httpFolder = z.string().refine((text) => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, origin: home, pathname } = new URL(text);
  const isLoopback = ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  const isPlain = `${home}${pathname}` === text && pathname.endsWith("/");
  return isPlain && (protocol === "https:" || (protocol === "http:" && isLoopback));
}, "must be an https address that ends in /cgi-bin/order/ (http on loopback only)");

export const httpAddress = z.string().refine((text) => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  const isLoopback = ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  return protocol === "https:" || (protocol === "http:" && isLoopback);
}, "must be an https address (http on loopback only)");

/** As it is printed: T, and 13 digits, which hyphens or full-width forms may hide. */
export const invoiceNumber = z
  .string()
  .transform((text) => text.normalize("NFKC").toUpperCase().replace(/[\s-]/g, ""))
  .refine((text) => /^T\d{13}$/.test(text), "must be the 登録番号: T and 13 digits");

export const matching = (pattern: RegExp, problem: string) => z.string().regex(pattern, problem);

export const timeZone = z.string().refine((name) => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}, "is not a time zone such as Asia/Tokyo");

export const dataKey = z
  .string()
  .transform((text) => Buffer.from(text, "base64"))
  .refine((key) => key.byteLength === 32, "must be 32 bytes in base64 (openssl rand -base64 32)");

export const since = z.string().transform((text, context) => {
  if (text === "all") return "all" as const;
  const at = Date.parse(text);
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(at)) {
    context.addIssue({ code: "custom", message: 'must be an ISO date or time, or "all"' });
    return z.NEVER;
  }
  return at;
});

const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

export const closedDays = z.string().transform((text, context) => {
  const weekdays: number[] = [];
  const dates: string[] = [];
  for (const part of list(text.toLowerCase())) {
    if (/^\d{4}-\d{2}-\d{2}$/.test(part)) dates.push(part);
    else if (WEEKDAYS.includes(part)) weekdays.push(WEEKDAYS.indexOf(part));
    else {
      const message = `has "${part}", which is neither a date (2026-12-31) nor a weekday (wed)`;
      context.addIssue({ code: "custom", message });
    }
  }
  if (new Set(weekdays).size > 4) {
    context.addIssue({ code: "custom", message: "leaves no business day in a week" });
  }
  return { weekdays, dates };
});

/** 192.0.2.1, 192.0.2.1:5353, 2001:db8::1 or [2001:db8::1]:5353, as node:dns takes them. */
export const dnsServers = z.string().transform((text, context) => {
  const servers = list(text);
  for (const server of servers) {
    const match = /^(?:\[(.+)\]|([\d.]+)):(\d{1,5})$/.exec(server);
    const address = match?.[1] ?? match?.[2] ?? server.replace(/^\[(.+)\]$/, "$1");
    const port = Number(match?.[3] ?? 53);
    if (isIP(address) !== 0 && port >= 1 && port <= 65_535) continue;
    const message = `has "${server}", which is no IP address (with a port from 1 to 65535)`;
    context.addIssue({ code: "custom", message });
  }
  return servers;
});

const SERVER = "postgres://USER:PASSWORD@HOST/DATABASE";

export const serverUrl = matching(/^postgres(?:ql)?:\/\/[^/]+\/.+/, `must be ${SERVER}`);

export const databaseUrl = z
  .string()
  .regex(/^sqlite:.+|^postgres(?:ql)?:\/\/[^/]+\/.+/, `must be sqlite:FILE or ${SERVER}`)
  .transform((text) => text.replace(/^sqlite:/, ""));

/** Into which mail comes by itself, as servers and mail programs name them. */
const FILLED_FOLDERS =
  /^(?:inbox|sent(?:[ -](?:items|mail|messages))?|outbox|drafts?|archives?|all[ -]?mail|trash|bin|deleted (?:items|messages)|junk(?: e-?mail)?|spam|important|flagged|starred|受信トレイ|受信箱|送信済み?(?:アイテム|トレイ|メール)?|送信トレイ|送信箱|下書き|アーカイブ|すべてのメール|全てのメール|ゴミ箱|ごみ箱|削除済み(?:アイテム)?|迷惑メール|重要|スター付き)$/;

const REJECTION_FOLDER = "返金却下";

/** The folder for rejections lies beside the one for approvals. */
export const rejectionFolderOf = (approvals: string) =>
  approvals.replace(/[^/.]*$/, REJECTION_FOLDER);

export const decisionFolder = z
  .string()
  .regex(/[^/.]$/, "must be a folder's name")
  .refine(
    (name) => rejectionFolderOf(name) !== name,
    "is the folder for rejections; choose another",
  )
  .refine(
    (name) =>
      !FILLED_FOLDERS.test(
        name
          .normalize("NFKC")
          .toLowerCase()
          .replace(/^.*[/.]/, ""),
      ),
    "is a folder into which mail comes by itself; choose one that only people move mail into",
  );
