// A small IMAP server that is as poor as a host may be: it offers what a test lets it offer, takes
// nothing else, and remembers what it should not have been asked.

import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface PoorHost {
  /** Offered before and after the login. */
  readonly capabilities?: string;
  readonly separator?: string;
  /** Of the personal namespace, as Courier and Cyrus have "INBOX.": no folder lies beside it. */
  readonly prefix?: string;
  /** A further connection of the user is refused, as the host words it. */
  readonly connections?: { readonly most: number; readonly refusal: string };
  /** Of further mailboxes that are there, as LIST tells them. */
  readonly flags?: Readonly<Record<string, string>>;
  readonly tellsUidNext?: boolean;
  readonly permanentFlags?: string;
  readonly searchMs?: number;
  /** Says goodbye so long after the login. */
  readonly byeAfterMs?: number;
  /** Forgets a connection that was silent for so long, and tells nobody. */
  readonly forgetsAfterMs?: number;
  /** Hangs up at such a command. */
  readonly hangsUpAt?: RegExp;
  /** Says NO to such a command. */
  readonly refuses?: RegExp;
  /** Said at each IDLE. */
  readonly noise?: readonly string[];
  /** In place of what it would say to such a command. */
  readonly answers?: (command: string, tag: string) => string | Buffer | undefined;
}

export interface PoorMail {
  readonly uid: number;
  readonly receivedAt: Date;
  readonly raw: string;
}

export interface PoorImap {
  readonly port: number;
  readonly url: string;
  /** The commands of all connections, in order. */
  readonly told: readonly string[];
  /** Commands that the server does not offer, or that would change a mailbox. */
  readonly complaints: readonly string[];
  readonly logins: number;
  readonly openConnections: number;
  readonly mostConnections: number;
  /** As on the wire: names in modified UTF-7. */
  readonly mailboxes: ReadonlyMap<string, PoorMailbox>;
  deliver(raw: string, mailbox?: string, receivedAt?: Date): number;
  /** As a person does in a mail program. */
  move(uid: number, from: string, to: string): void;
  resetUidValidity(mailbox?: string): void;
  /** From now on. */
  become(host: PoorHost): void;
  close(): Promise<void>;
}

interface PoorMailbox {
  uidValidity: number;
  uidNext: number;
  mails: PoorMail[];
}

/** Lines, and bytes as they are. */
type Said = readonly (string | Buffer)[];

interface Session {
  readonly socket: Socket;
  /** It has said goodbye. */
  isOver: boolean;
  isLoggedIn: boolean;
  isForgotten: boolean;
  open: PoorMailbox | null;
  /** What the client was last told of it. */
  exists: number;
  idleTag: string | null;
  silence: NodeJS.Timeout | undefined;
  goodbye: NodeJS.Timeout | undefined;
}

const USER = "shop";
const PASSWORD = "secret";
/** What a client that only reads may say anywhere. */
const ALWAYS = "CAPABILITY NOOP LOGOUT LOGIN LIST LSUB EXAMINE STATUS UID FETCH".split(" ");
const MAKES_A_FOLDER = ["CREATE", "SUBSCRIBE"];
const OFFERED = ["IDLE", "ID", "NAMESPACE", "ENABLE"];
/** Before the login. */
const FIRST = ["CAPABILITY", "ID", "LOGIN", "LOGOUT", "NOOP"];

/** As RFC 3501 5.1.3 has it. */
export function modifiedUtf7(name: string): string {
  return name.replace(/&|[^\x20-\x7e]+/g, (run) => {
    if (run === "&") return "&-";
    const bytes = Buffer.from(run, "utf16le").swap16().toString("base64");
    return `&${bytes.replace(/=+$/, "").replaceAll("/", ",")}-`;
  });
}

export async function startPoorImap(
  first: PoorHost = {},
  mails: readonly PoorMail[] = [],
): Promise<PoorImap> {
  let host = first;
  let logins = 0;
  let most = 0;
  const told: string[] = [];
  const complaints: string[] = [];
  const sessions = new Set<Session>();
  const uidNext = (mails.at(-1)?.uid ?? 0) + 1;
  const inbox: PoorMailbox = { uidValidity: 7, uidNext, mails: [...mails] };
  const mailboxes = new Map([["INBOX", inbox]]);
  for (const name of Object.keys(first.flags ?? {})) create("", name);

  const server = createServer((socket) => {
    const session: Session = {
      ...{ socket, isOver: false, isLoggedIn: false, isForgotten: false, open: null, exists: 0 },
      ...{ idleTag: null, silence: undefined, goodbye: undefined },
    };
    sessions.add(session);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      clearTimeout(session.silence);
      clearTimeout(session.goodbye);
      sessions.delete(session);
    });
    const { connections } = host;
    if (connections?.refusal.startsWith("*") && living().length > connections.most) {
      socket.end(`${connections.refusal}\r\n`);
      return;
    }
    most = Math.max(most, living().length);
    say(session, "* OK ready");
    let rest = "";
    socket.on("data", (chunk) => {
      rest += chunk.toString("latin1");
      for (let end = rest.indexOf("\r\n"); end >= 0; end = rest.indexOf("\r\n")) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (!session.isForgotten) take(session, line);
      }
    });
  });

  function say(session: Session, ...lines: Said): void {
    if (session.isForgotten || session.socket.destroyed) return;
    for (const line of lines) {
      session.socket.write(line);
      if (typeof line === "string") session.socket.write("\r\n");
    }
    listen(session);
  }

  function listen(session: Session): void {
    clearTimeout(session.silence);
    if (host.forgetsAfterMs === undefined) return;
    session.silence = setTimeout(() => {
      session.isForgotten = true;
    }, host.forgetsAfterMs);
  }

  function take(session: Session, line: string): void {
    told.push(line);
    listen(session);
    if (session.idleTag !== null) {
      const tag = session.idleTag;
      session.idleTag = null;
      say(session, line === "DONE" ? `${tag} OK done` : `${tag} BAD only DONE`);
      return;
    }
    const [, tag = "*", command = ""] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (host.hangsUpAt?.test(command)) session.socket.destroy();
    else say(session, ...answer(session, tag, command));
  }

  function answer(session: Session, tag: string, command: string): Said {
    const instead = host.answers?.(command, tag);
    if (instead !== undefined) return [instead];
    if (host.refuses?.test(command)) return [`${tag} NO not here`];
    const name = command.split(" ")[0]?.toUpperCase() ?? "";
    const isKnown = offered().includes(name) && (session.isLoggedIn || FIRST.includes(name));
    if (isKnown) return perform(session, tag, name, command);
    complaints.push(command);
    return [`${tag} BAD unknown, or not yet`];
  }

  const capabilities = () => host.capabilities ?? "IMAP4rev1";
  const offered = () => {
    const extensions = capabilities().split(" ");
    return [...ALWAYS, ...MAKES_A_FOLDER, ...OFFERED.filter((name) => extensions.includes(name))];
  };

  function perform(session: Session, tag: string, name: string, command: string): Said {
    const done = `${tag} OK done`;
    const { prefix = "", separator = "/" } = host;
    switch (name) {
      case "CAPABILITY":
        return [`* CAPABILITY ${capabilities()}`, done];
      case "ID":
        return ["* ID NIL", done];
      case "NAMESPACE":
        return [`* NAMESPACE (("${prefix}" "${separator}")) NIL NIL`, done];
      case "LOGIN":
        return logIn(session, tag, command);
      case "LIST":
        return [...listed(command), done];
      case "LSUB":
        return [done];
      case "CREATE":
        return create(tag, argumentOf(command));
      case "EXAMINE":
        return examine(session, tag, argumentOf(command));
      case "IDLE":
        session.idleTag = tag;
        return ["+ idling", ...(host.noise ?? []), ...news(session)];
      case "LOGOUT":
        session.isOver = true;
        setImmediate(() => session.socket.end());
        return ["* BYE", done];
      case "UID":
      case "FETCH":
        return read(session, tag, command);
      default:
        return [...news(session), done];
    }
  }

  const living = () => [...sessions].filter(({ isOver }) => !isOver);

  function logIn(session: Session, tag: string, command: string): Said {
    logins += 1;
    const loggedIn = living().filter(({ isLoggedIn }) => isLoggedIn).length;
    if (host.connections !== undefined && loggedIn >= host.connections.most) {
      return [`${tag} ${host.connections.refusal}`];
    }
    if (!new RegExp(`^LOGIN "?${USER}"? "?${PASSWORD}"?$`).test(command)) {
      return [`${tag} NO [AUTHENTICATIONFAILED] wrong`];
    }
    session.isLoggedIn = true;
    if (host.byeAfterMs !== undefined) {
      session.goodbye = setTimeout(() => {
        say(session, "* BYE that was long enough");
        session.socket.end();
      }, host.byeAfterMs);
    }
    return [`${tag} OK welcome`];
  }

  function listed(command: string): string[] {
    const [, pattern = ""] = /^LIST \S+ "?([^"]*?)"?(?: RETURN \(.*\))?$/.exec(command) ?? [];
    const { separator = "/" } = host;
    if (pattern === "") return [`* LIST (\\Noselect) "${separator}" ""`];
    return [...mailboxes.keys()]
      .filter((name) => ["*", "%", name].includes(pattern))
      .map((name) => `* LIST (${host.flags?.[name] ?? ""}) "${separator}" "${name}"`);
  }

  function create(tag: string, name: string): Said {
    const isOutside = !name.startsWith(host.prefix ?? "");
    if (isOutside || mailboxes.has(name)) return [`${tag} NO invalid name`];
    mailboxes.set(name, { uidValidity: 7 + mailboxes.size, uidNext: 1, mails: [] });
    return [`${tag} OK made`];
  }

  function examine(session: Session, tag: string, name: string): Said {
    session.open = mailboxes.get(name.toUpperCase() === "INBOX" ? "INBOX" : name) ?? null;
    if (session.open === null) return [`${tag} NO no such mailbox`];
    const { uidValidity, uidNext: next, mails: all } = session.open;
    session.exists = all.length;
    return [
      "* FLAGS (\\Seen \\Answered)",
      `* OK [PERMANENTFLAGS (${host.permanentFlags ?? ""})] none`,
      `* ${all.length} EXISTS`,
      "* 0 RECENT",
      `* OK [UIDVALIDITY ${uidValidity}] ok`,
      ...(host.tellsUidNext === false ? [] : [`* OK [UIDNEXT ${next}] ok`]),
      `${tag} OK [READ-ONLY] done`,
    ];
  }

  /** What has come since the client was last told. */
  function news(session: Session): string[] {
    if (session.open === null || session.open.mails.length <= session.exists) return [];
    session.exists = session.open.mails.length;
    return [`* ${session.exists} EXISTS`];
  }

  function read(session: Session, tag: string, command: string): Said {
    if (session.open === null) return [`${tag} BAD nothing is open`];
    const [, criteria] = /^UID SEARCH (.*)$/.exec(command) ?? [];
    const [, byUid, set, items = ""] = /^(UID )?FETCH (\S+) \(?(.*?)\)?$/.exec(command) ?? [];
    if (set !== undefined) {
      return [...fetchAll(session.open, set, items, byUid !== undefined), `${tag} OK done`];
    }
    const uids = criteria === undefined ? null : found(session.open, criteria);
    if (uids === null) {
      complaints.push(command);
      return [`${tag} BAD unknown`];
    }
    const lines = [["* SEARCH", ...uids].join(" "), ...news(session), `${tag} OK done`];
    if (host.searchMs === undefined) return lines;
    setTimeout(() => say(session, ...lines), host.searchMs);
    return [];
  }

  function argumentOf(command: string): string {
    return /^\S+ "?([^"]*)"?$/.exec(command)?.[1] ?? "";
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  const poor: PoorImap = {
    port,
    url: `imap://${USER}:${PASSWORD}@127.0.0.1:${port}/INBOX`,
    told,
    complaints,
    mailboxes,
    get logins() {
      return logins;
    },
    get openConnections() {
      return sessions.size;
    },
    get mostConnections() {
      return most;
    },
    deliver(raw, mailbox = "INBOX", receivedAt = new Date()) {
      const into = mailboxes.get(mailbox);
      if (into === undefined) throw new Error(`there is no mailbox ${mailbox}`);
      const uid = into.uidNext;
      into.uidNext += 1;
      into.mails.push({ uid, receivedAt, raw });
      for (const session of sessions) {
        if (session.idleTag !== null) say(session, ...news(session));
      }
      return uid;
    },
    move(uid, from, to) {
      const source = mailboxes.get(from);
      const mail = source?.mails.find((one) => one.uid === uid);
      if (source === undefined || mail === undefined) throw new Error(`there is no mail ${uid}`);
      source.mails = source.mails.filter((one) => one !== mail);
      poor.deliver(mail.raw, to, mail.receivedAt);
    },
    resetUidValidity(mailbox = "INBOX") {
      const changed = mailboxes.get(mailbox);
      if (changed !== undefined) changed.uidValidity += 100;
    },
    become(next) {
      host = next;
    },
    async close() {
      server.close();
      for (const { socket } of sessions) socket.destroy();
      await once(server, "close");
    },
  };
  return poor;
}

/** The UIDs, or null where the criteria are none that a client here may use. */
function found({ mails }: PoorMailbox, criteria: string): number[] | null {
  const uids = (some: readonly PoorMail[]) => some.map(({ uid }) => uid);
  if (criteria === "ALL") return uids(mails);
  const [, from] = /^UID (\d+):\*$/.exec(criteria) ?? [];
  if (from !== undefined) {
    // "*" is the newest mail, also where its UID is lower.
    return uids(
      mails.filter(({ uid }, index) => uid >= Number(from) || index === mails.length - 1),
    );
  }
  const [, day] = /^SINCE (\S+)$/.exec(criteria) ?? [];
  if (day !== undefined) {
    const since = Date.parse(`${day} UTC`);
    return uids(mails.filter(({ receivedAt }) => receivedAt.getTime() >= since));
  }
  const [, id] = /^HEADER message-id "?([^"]+)"?$/i.exec(criteria) ?? [];
  return id === undefined ? null : uids(mails.filter(({ raw }) => raw.includes(`<${id}>`)));
}

/** Whether a number stands in a sequence set; the newest mail is "*", too. */
function selector(set: string): (number: number, isNewest: boolean) => boolean {
  const [singles, ranges] = [new Set<number>(), [] as [number, number][]];
  for (const part of set.split(",").filter((one) => one !== "*")) {
    const [from = "", to] = part.split(":");
    if (to === undefined) singles.add(Number(from));
    else ranges.push([Number(from), to === "*" ? Number.POSITIVE_INFINITY : Number(to)]);
  }
  const hasNewest = set.includes("*");
  return (number, isNewest) =>
    (isNewest && hasNewest) ||
    singles.has(number) ||
    ranges.some(([from, to]) => number >= from && number <= to);
}

function fetchAll(mailbox: PoorMailbox, set: string, items: string, byUid: boolean): Said {
  const { mails } = mailbox;
  const isAsked = selector(set);
  return mails.flatMap((mail, index) =>
    isAsked(byUid ? mail.uid : index + 1, index === mails.length - 1)
      ? fetched(index + 1, mail, items)
      : [],
  );
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

function fetched(sequence: number, mail: PoorMail, items: string): Said {
  const bytes = Buffer.from(mail.raw);
  const at = mail.receivedAt;
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${two(at.getUTCDate())}-${MONTHS[at.getUTCMonth()]}-${at.getUTCFullYear()}`;
  const time = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(":");
  const parts = [
    `UID ${mail.uid}`,
    ...(items.includes("RFC822.SIZE") ? [`RFC822.SIZE ${bytes.length}`] : []),
    ...(items.includes("INTERNALDATE") ? [`INTERNALDATE "${day} ${time} +0000"`] : []),
    ...(items.includes("FLAGS") ? ["FLAGS ()"] : []),
  ];
  const [, from, length] = /BODY\.PEEK\[\]<(\d+)\.(\d+)>/.exec(items) ?? [];
  if (from === undefined) return [`* ${sequence} FETCH (${parts.join(" ")})`];
  const piece = bytes.subarray(Number(from), Number(from) + Number(length));
  const head = `* ${sequence} FETCH (${parts.join(" ")} BODY[]<${from}> {${piece.length}}\r\n`;
  return [Buffer.concat([Buffer.from(head), piece]), ")"];
}
