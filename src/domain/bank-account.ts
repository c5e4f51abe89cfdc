// A customer's bank account, as he writes it into an answer of ours. All of it has to be there and to
// mean one thing: a transfer to a wrong account does not come back.

import { kanaKey, nameKey } from "./name.ts";

export interface BankAccount {
  readonly bank: string;
  /** ゆうちょ銀行: also 「記号 12345」. */
  readonly branch: string;
  /** 普通, 当座 or 貯蓄 */
  readonly kind: string;
  /** Digits; of ゆうちょ銀行 up to eight. */
  readonly number: string;
  /** In katakana or Latin capitals, as banks want it. */
  readonly holder: string;
}

export type AccountField = keyof BankAccount;

export type AccountReading =
  | { readonly account: BankAccount }
  /** What is missing, unreadable, or stated in two ways. */
  | { readonly unclear: readonly AccountField[] };

const LABELS: readonly (readonly [AccountField | "sign", RegExp])[] = [
  ["bank", /^(?:銀行名|金融機関名|金融機関|銀行|bank(?: name)?)$/i],
  ["branch", /^(?:支店名|支店|店名|店番|支店番号|branch(?: name)?)$/i],
  ["kind", /^(?:口座種別|口座種類|預金種目|預金種別|種別|種目|account type|type)$/i],
  ["number", /^(?:口座番号|番号|account number|account no\.?)$/i],
  ["holder", /^(?:口座名義|口座名義人|名義|名義人|account holder|holder)$/i],
  ["sign", /^記号$/],
];

/** 「口座名義(カナ): タナカ タロウ」, also where it was typed into the quoted form. */
const LINE = /^[\s>|・*■-]*([^:=>]{1,24}?)(?:\([^)]*\))?\s*[:=]\s*(.*)$/u;

/** Beyond it nobody fills in a form, and the pattern above would take long. */
const LINE_MAX = 200;

/** Null where nobody has written of an account. */
export function readBankAccount(text: string): AccountReading | null {
  const found = new Map<AccountField | "sign", Set<string>>();
  for (const line of text.normalize("NFKC").split(/\r?\n/)) {
    if (line.length > LINE_MAX) continue;
    const [, label = "", value = ""] = LINE.exec(line) ?? [];
    const field = LABELS.find(([, pattern]) => pattern.test(label.trim()))?.[0];
    if (field === undefined || value.trim() === "") continue;
    const values = found.get(field) ?? new Set();
    found.set(field, values.add(value.trim().replace(/\s+/g, " ")));
  }
  if (found.size === 0) return null;
  const only = (field: AccountField | "sign") => {
    const [value, ...others] = found.get(field) ?? [];
    return others.length === 0 ? (value ?? null) : null;
  };
  return readFields(only);
}

function readFields(only: (field: AccountField | "sign") => string | null): AccountReading {
  const sign = /^\d{5}$/.exec((only("sign") ?? "").replaceAll("-", ""))?.[0];
  const isPostal = sign !== undefined && /ゆうちょ|郵便/.test(only("bank") ?? "");
  const read = {
    bank: legible(only("bank")),
    branch: isPostal ? `記号 ${sign}` : legible(only("branch")),
    kind: /^(普通|当座|貯蓄)/.exec(only("kind") ?? (isPostal ? "普通" : ""))?.[1] ?? null,
    number: numberIn(only("number"), isPostal),
    holder: holderIn(only("holder")),
  };
  const unclear = (Object.keys(read) as AccountField[]).filter((field) => read[field] === null);
  return unclear.length > 0 ? { unclear } : { account: read as BankAccount };
}

function legible(text: string | null): string | null {
  return text !== null && /^[\p{L}\p{N}\p{M}ー・ .()-]{1,40}$/u.test(text) ? text : null;
}

/** Seven digits: one that is left out must not become another account. */
function numberIn(text: string | null, isPostal: boolean): string | null {
  const digits = (text ?? "").replace(/[\s-]/g, "");
  return (isPostal ? /^\d{2,8}$/ : /^\d{7}$/).test(digits) ? digits : null;
}

function holderIn(text: string | null): string | null {
  const katakana = (text ?? "")
    .replace(/\s*(?:様|さま)$/u, "")
    .replace(/[ぁ-ゖ]/gu, (kana) => String.fromCharCode((kana.codePointAt(0) ?? 0) + 0x60))
    .toUpperCase();
  return /^[ァ-ヺーA-Z0-9 .()/,・-]{2,48}$/u.test(katakana) ? katakana : null;
}

/** 「****567」: enough to know it by, too little to use. */
export function maskedNumber({ number }: BankAccount): string {
  return `****${number.slice(-3)}`;
}

/**
 * Whether the holder is who paid. Names in kanji do not tell how they are read.
 *
 * @param payerNames as the payment bears them
 */
export function compareHolder(
  { holder }: BankAccount,
  payerNames: readonly (string | null | undefined)[],
): "same" | "differs" | "unknown" {
  const names = payerNames.filter((name) => name != null);
  const isSame = (key: (name: string) => string | null) =>
    key(holder) !== null && names.some((name) => key(name) === key(holder));
  if (isSame(nameKey) || isSame(kanaKey)) return "same";
  const isComparable = names.some(
    (name) => !/\p{Script=Han}/u.test(name) && nameKey(name) !== null,
  );
  return isComparable ? "differs" : "unknown";
}
