// One reader for every form that writes "label, value": a table of synonyms says what a label means,
// a short list of layouts says how a line sets label and value apart. A new product is a new synonym
// or a new layout here, never a parser of its own.

export type LabelKind =
  | "sender"
  | "name"
  | "familyName"
  | "givenName"
  | "kana"
  | "email"
  | "phone"
  | "postal"
  | "address"
  | "addressPart"
  | "orderNumber"
  | "amount"
  | "topic"
  | "subject"
  | "message"
  | "other";

/** Folded as by `foldLabel`; a label's note in parentheses is dropped before the look-up. */
const SYNONYMS: Readonly<Record<LabelKind, string>> = {
  // Contact Form 7: `From: [your-name] [your-email]`, in Japanese `差出人:`.
  sender: "差出人 from 送信者",
  name: "お名前 名前 氏名 ご氏名 name fullname yourname your-name customername contactname ご担当者名 担当者名 お客様名 お客様氏名 お客様のお名前 ご注文者名 注文者名 注文者氏名 ご注文者氏名 購入者名 ご購入者名 ご購入者様名 ご注文者",
  familyName: "姓 苗字 名字 お名前(姓) 氏名(姓) lastname familyname surname",
  givenName: "名 お名前(名) 氏名(名) firstname givenname",
  kana: "フリガナ ふりがな カナ かな よみがな お名前カナ 氏名カナ お名前フリガナ 氏名フリガナ お名前かな furigana kana",
  email:
    "メール メールアドレス ご連絡先メールアドレス 連絡先メールアドレス ご登録メールアドレス 登録メールアドレス お客様メールアドレス eメール eメールアドレス e-メール mail e-mail email mailaddress emailaddress e-mailaddress youremail your-email youre-mail",
  phone:
    "電話 電話番号 お電話 お電話番号 ご連絡先電話番号 連絡先電話番号 携帯 携帯電話 携帯番号 携帯電話番号 ご連絡先 連絡先 日中のご連絡先 tel telephone phone phonenumber telephonenumber mobile mobilephone your-tel",
  postal: "郵便番号 〒 zip zipcode postalcode postcode",
  address: "住所 ご住所 お客様住所 ご自宅住所 address youraddress your-address streetaddress",
  addressPart: "都道府県 市区町村 市町村 町名番地 番地 番地等 建物名 マンション名 prefecture city",
  orderNumber:
    "注文番号 ご注文番号 お注文番号 受注番号 注文id ご注文id 注文no ご注文no 注文no. ご注文no. オーダー番号 オーダーid オーダーno 購入番号 ご購入番号 対象の注文番号 対象注文番号 該当注文番号 order# orderno orderno. orderid ordernumber ordernumbers yourordernumber order-number order-id",
  amount:
    "返金額 ご返金額 返金金額 返金希望額 ご返金希望額 返金希望金額 ご返金希望金額 希望返金額 希望返金金額 返金してほしい金額 refundamount requestedamount requestedrefundamount amounttorefund amounttoberefunded",
  topic:
    "お問合せ種別 問合せ種別 お問合せ項目 お問合せの種類 お問合せ種類 お問合せ区分 種別 ご用件 用件 カテゴリ カテゴリー category topic inquirytype typeofinquiry reason",
  subject: "題名 件名 タイトル subject title お問合せ件名 yoursubject your-subject",
  message:
    "メッセージ本文 メッセージ メッセージ内容 本文 内容 お問合せ内容 問合せ内容 お問合せの内容 お問合せ詳細 お問合せ本文 お問合せ ご質問内容 ご質問 ご相談内容 ご要望 ご意見・ご要望 ご用件内容 詳細 詳細内容 備考 コメント message messagebody yourmessage your-message body comment comments inquiry enquiry details question",
  other:
    "送信日時 送信元ip 送信者ip 受付番号 受付日時 お問合せ番号 入力時間 日時 日付 会社名 貴社名 御社名 法人名 店舗名 部署名 性別 年齢 生年月日 職業 fax ファックス fax番号 商品名 ご注文商品 商品 商品番号 品番 型番 数量 個数 金額 合計 合計金額 ご注文金額 注文金額 お支払い方法 支払方法 支払い方法 お支払方法 注文日 ご注文日 購入日 ご購入日 ご注文日時 お届け先 追跡番号 伝票番号 会員番号 口座番号 口座 銀行名 支店名 ご希望の連絡方法 company website url date time host agent ipaddress ip sourceurl countrycode orderdate product quantity total trackingnumber paymentmethod",
};

const KIND_OF = new Map<string, LabelKind>(
  (Object.entries(SYNONYMS) as [LabelKind, string][]).flatMap(([kind, words]) =>
    words.split(" ").map((word): [string, LabelKind] => [word, kind]),
  ),
);

const DECORATION = "[\\s■□▼▽▲△◆◇●○◎・★☆※*＊|｜>＞─━-]";
const EDGES = new RegExp(`^${DECORATION}+|(?:${DECORATION}|[:：=＝])+$`, "g");

function foldLabel(raw: string): string {
  return raw
    .replace(EDGES, "")
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\s+/g, "")
    .replace(/問い?合わ?せ/g, "問合せ")
    .replace(/(?:必須|任意)$/, "");
}

/** What a label asks for; null where no form is known to use it. */
function kindOfLabel(raw: string): LabelKind | null {
  const label = foldLabel(raw);
  const bare = label.replace(/[([【<][^)\]】>]*[)\]】>]/g, "");
  const note = label.slice(bare.length);
  if (/確認|confirm/.test(note)) return "other"; // メールアドレス（確認用）
  if (/ガナ|がな|カナ|かな/.test(note)) return "kana"; // お名前（フリガナ）
  return KIND_OF.get(label) ?? KIND_OF.get(bare) ?? null;
}

interface Line {
  readonly kind: LabelKind | null;
  readonly label: string;
  readonly value: string;
}

interface Layout {
  readonly line: RegExp;
  /** A line of this layout is a label even where the table does not know it. */
  readonly telling?: true;
  /** A sentence may look the same: 「メール　ありがとうございます」. */
  readonly doubtful?: true;
}

function isPlausible(kind: LabelKind, value: string): boolean {
  if (value === "") return true;
  if (kind === "email") return /[@＠]/.test(value);
  const isNumber = ["phone", "postal", "orderNumber", "amount"].includes(kind);
  return !isNumber || /\p{Nd}/u.test(value);
}

const MARK = "^[\\s　]*[■□▼▽◆◇●○・※*]?[\\s　]*";

const LAYOUTS: readonly Layout[] = [
  // [ お名前 ] 田中 · 【お名前】
  { line: new RegExp(`${MARK}[[［【〔]([^\\]］】〕]{1,40})[\\]］】〕][\\s　]*[:：]?(.*)$`) },
  // ---- メッセージ ----
  { line: /^[\s　]*[-=─━＝]{2,}[\s　]*([^-=─━＝]{1,40}?)[\s　]*[-=─━＝]{2,}[\s　]*()$/ },
  // お名前: 田中 · KEY = VALUE; not https://
  {
    line: new RegExp(`${MARK}([^:：=＝]{1,40}?)[\\s　]*(?:[:：](?!//)|[=＝])(.*)$`),
    telling: true,
  },
  // 貴社名　　google · お名前<tab>田中
  { line: new RegExp(`${MARK}([^\\s　]{1,20})(?:\\t|　|  )[\\s　]*(\\S.*)$`), doubtful: true },
  // お名前 (the value on the next line)
  { line: new RegExp(`${MARK}([^\\s　]{2,20})[\\s　]*()$`) },
];

function readLine(text: string): Line | null {
  for (const { line, telling, doubtful } of LAYOUTS) {
    const match = line.exec(text);
    if (match === null) continue;
    const label = (match[1] ?? "").trim();
    const value = (match[2] ?? "").trim();
    const kind = kindOfLabel(label);
    if (kind === null && telling && label.length <= 16) return { kind, label, value };
    if (kind !== null && (!doubtful || isPlausible(kind, value))) return { kind, label, value };
  }
  return null;
}

export interface Entry {
  readonly kind: LabelKind | null;
  /** As written, without decoration or separator. */
  readonly label: string;
  readonly lines: readonly string[];
}

export interface LabelledText {
  readonly entries: readonly Entry[];
  /** From the message label on; null where there is no such label. */
  readonly message: string | null;
  /** Lines that belong to no label. */
  readonly rest: string;
}

/** Longer values are nobody's name or address and would only cost time. */
const VALUE_LENGTH_MAX = 300;

interface Open {
  readonly kind: LabelKind | null;
  readonly label: string;
  readonly lines: string[];
}

/** The lines after the first that still belong to a value; all others are the customer's own. */
const GOES_ON: Partial<Record<LabelKind, (line: string) => boolean>> = {
  // 差出人: 田中太郎<newline>taro@example.jp
  sender: (line) => /[@＠]/.test(line),
  address: (line) => /[\p{Nd}]|ビル|マンション|アパート|ハイツ|荘/u.test(line),
  orderNumber: (line) => /^[#＃\p{Nd}A-Z,、_-]*\p{Nd}[,、]?$/u.test(line),
};

/** A field left empty must not take the sentence below it for its value. */
function isSentence(line: string): boolean {
  return line.length > 60 || /[。！？!?]|です|ます|ました|ください|下さい/.test(line);
}

function takes(open: Open, text: string): boolean {
  const line = text.trim();
  if (open.kind === null || line === "" || isSentence(line)) return false;
  if (open.lines.length === 0) return isPlausible(open.kind, line);
  return open.lines.length < 10 && (GOES_ON[open.kind]?.(line) ?? false);
}

/** Whether a person's own fields stand before the message, so that labels after it are the text's. */
function isIdentified(entries: readonly Open[]): boolean {
  return entries.some(({ kind }) => kind === "sender" || kind === "name" || kind === "email");
}

interface Reading {
  readonly entries: Open[];
  readonly rest: string[];
  message: string[] | null;
  /** Labels after the message label are the customer's text. */
  isClosed: boolean;
  open: Open | null;
}

function readPlain(reading: Reading, line: string): void {
  const { open } = reading;
  if (open !== null && takes(open, line)) open.lines.push(line.trim());
  else if (reading.message !== null) reading.message.push(line);
  else {
    // A blank line ends a value that has begun; before it, the value may still come.
    if (line.trim() !== "" || open?.lines.length !== 0) reading.open = null;
    reading.rest.push(line);
  }
}

function takeLine(reading: Reading, text: string): void {
  const line = readLine(text);
  if (line === null) {
    readPlain(reading, text);
  } else if (line.kind === "message" && reading.message === null) {
    reading.message = line.value === "" ? [] : [line.value];
    // Some forms put the message first; there the labels after it are the form's.
    reading.isClosed = isIdentified(reading.entries);
    reading.open = null;
  } else if (line.kind === null || line.kind === "other" || line.kind === "message") {
    // Ends the value before it, and may itself be the customer's own words.
    reading.open = null;
    readPlain(reading, text);
  } else {
    reading.open = {
      kind: line.kind,
      label: line.label,
      lines: line.value === "" ? [] : [line.value.slice(0, VALUE_LENGTH_MAX)],
    };
    reading.entries.push(reading.open);
  }
}

/** Reads a notification. Labels after the message label are the customer's text. */
export function readLabels(text: string): LabelledText {
  const reading: Reading = {
    entries: [],
    rest: [],
    message: null,
    isClosed: false,
    open: null,
  };
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (reading.isClosed) reading.message?.push(line);
    else takeLine(reading, line);
  }
  return {
    entries: reading.entries,
    message: reading.message === null ? null : reading.message.join("\n").trim(),
    rest: reading.rest.join("\n").trim(),
  };
}
