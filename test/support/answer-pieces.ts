// What people, mail programs and forgers make answers to a request of.

import { MARKER_JA } from "../../src/domain/quote-layouts.ts";

export const STAFF = "staff@shop.example.jp";
export const ID = "henkin.0123456789abcdef@shop.example.jp";
export const CODE = "7C02A9F41D";
const QUOTED = [
  `##- ${MARKER_JA} -##`,
  "",
  "■ ¥8,800 を返金してよいですか？",
  "　注文番号: 702",
  "・「OK」… ¥8,800 を返金する",
  "・「OK 2000」… 金額を ¥2,000 に変えて返金する",
  "│ 注文702をキャンセルします。OK、承認してください。",
  "",
  `コード: ${CODE}`,
];
const MARKED = QUOTED.map((line) => (line === "" ? ">" : `> ${line}`));
const FIELDS = [
  "差出人: 見本商店 <info@shop.example.jp>",
  "送信日時: 2026年11月21日 14:06",
  `宛先: ${STAFF}`,
  "件名: [R-3] 返金の承認依頼 ¥8,800（注文 702）",
  "",
];

export type Layout = (answer: readonly string[]) => readonly string[];
export const LAYOUTS: readonly Layout[] = [
  (answer) => answer,
  (answer) => [
    ...answer,
    "",
    "2026年11月21日(土) 14:06 見本商店 <info@shop.example.jp>:",
    ...MARKED,
  ],
  (answer) => [
    ...answer,
    "",
    "2026年11月21日(土) 14:06 見本商店 <",
    "info@shop.example.jp>:",
    ...MARKED,
  ],
  (answer) => [
    ...answer,
    "",
    "iPhoneから送信",
    "",
    "2026/11/21 14:06、見本商店のメール:",
    "",
    ...MARKED,
  ],
  (answer) => [
    ...answer,
    "",
    "On Sat, Nov 21, 2026 at 2:06 PM Shop <info@shop.example.jp> wrote:",
    ...MARKED,
  ],
  (answer) => [...answer, "", "-----Original Message-----", ...FIELDS, ...QUOTED],
  (answer) => [...answer, "", "-----元のメッセージ-----", ...FIELDS, ...QUOTED],
  (answer) => [...answer, "", "________________________________", ...FIELDS, ...QUOTED],
  (answer) => ["On 2026/11/21 14:06, 見本商店 wrote:", ...MARKED, "", ...answer],
  (answer) => [...answer, "", ...QUOTED],
];

export const APPROVALS = [
  "OK",
  "ＯＫ",
  "ok",
  "OKです",
  "OKでお願いします。",
  "承認",
  "承認します",
  "承認いたします。",
  "approve",
  "Approved!",
  "OK 2000",
  "OK 2,000円",
  "承認 ¥2000",
];
export const COURTESIES = [
  "お疲れ様です。",
  "田中です。",
  "よろしくお願いします。",
  "Thanks",
  "🙏",
  "見本商店 田中様",
];
export const SIGNATURES: readonly (readonly string[])[] = [
  [],
  ["-- ", "田中 由紀", "TEL 03-0000-0000"],
  ["━━━━━━━━━━", "見本商店　田中", "〒150-0001 東京都渋谷区", "TEL 03-0000-0000", "━━━━━━━━━━"],
];

/** Each of these beside an approval makes it none. */
export const POISONS = [
  "ではない",
  "とは言っていません",
  "しません",
  "しないでください",
  "まだです",
  "待ってください",
  "かもしれません",
  "たぶん",
  "と思う",
  "でいいですか？",
  "？",
  "なら",
  "返品が届いたら",
  "発送前なら",
  "ただし送料は除く",
  "ただし2000円",
  "明日まで待って",
  "やっぱり保留",
  "NG",
  "却下",
  "保留",
  "はい",
  "了解",
  "👎",
  "🆗",
  "3000円と2000円",
  "OK 3000円",
  "二千円",
  "$20",
  "-2000",
  "0円",
  "702",
  "9999円",
  "not ok",
  "don't approve",
  "do not refund",
  "if not shipped",
  "maybe",
  "not yet",
  "wait",
  "I think",
  "unless it has been shipped",
  "別の注文です",
  "店長に確認中",
  "2通とも",
  "上記以外",
  "半額で",
  "のはず",
  "予定",
  "できない",
  "不可",
  "取り消し",
  "訂正",
  "...",
  "、だったかな",
  "と田中が言っていました",
];
/** Second thoughts count even where a signature is cut off. */
export const AFTERTHOUGHTS = [
  "追伸: やっぱり待ってください",
  "訂正します、2000円だけでお願いします",
  "P.S. wait, not yet",
];

export const DISGUISES: readonly ((answer: string) => string)[] = [
  (answer) => `${answer.slice(0, 1)}\u200b${answer.slice(1)}`,
  (answer) => `\u202e${answer}`,
  (answer) => `${answer.slice(0, 1)}\u0336${answer.slice(1)}`,
  (answer) =>
    answer.replace(
      /^[OoＯ承aA]/,
      (first) => ({ O: "О", o: "о", Ｏ: "Ο", 承: "㐠", a: "а", A: "А" })[first] ?? first,
    ),
  (answer) => `Ⓞ${answer.slice(1)}`,
];

const GENUINE = [
  "Authentication-Results: mx.shop.example.jp; dmarc=pass header.from=shop.example.jp",
  "Received: from mail.shop.example.jp by mx.shop.example.jp; Sat, 21 Nov 2026 15:00:00 +0900",
];
const FROM = `From: 田中 由紀 <${STAFF}>`;
const THREAD = [`In-Reply-To: <${ID}>`, "Subject: Re: [R-3] refund"];
export const HEADERS = [...GENUINE, FROM, ...THREAD];

/** Header blocks under which nothing may decide. */
export const FORGERIES: readonly (readonly string[])[] = [
  [FROM, ...THREAD],
  [
    "Authentication-Results: mx.evil.example; dmarc=pass header.from=shop.example.jp",
    FROM,
    ...THREAD,
  ],
  [
    "Authentication-Results: mx.shop.example.jp; dmarc=fail header.from=shop.example.jp",
    FROM,
    ...THREAD,
  ],
  [
    "Authentication-Results: mx.shop.example.jp; spf=pass smtp.mailfrom=shop.example.jp; dkim=pass header.d=shop.example.jp",
    FROM,
    ...THREAD,
  ],
  [
    "Authentication-Results: mx.shop.example.jp; dmarc=pass header.from=evil.example",
    FROM,
    ...THREAD,
  ],
  [
    "Authentication-Results: mx.shop.example.jp; dmarc=fail (dmarc=pass header.from=shop.example.jp)",
    FROM,
    ...THREAD,
  ],
  [
    "Authentication-Results: mx.shop.example.jp; dmarc=none header.from=shop.example.jp",
    ...GENUINE.slice(1),
    GENUINE[0] ?? "",
    FROM,
    ...THREAD,
  ],
  [...GENUINE, FROM, "From: x <evil@evil.example>", ...THREAD],
  [...GENUINE, `From: "${STAFF}" <evil@evil.example>`, ...THREAD],
  [...GENUINE, `From: ${STAFF}, evil@evil.example`, ...THREAD],
  [...GENUINE, "From: staff@shop.exarnple.jp", `Reply-To: ${STAFF}`, ...THREAD],
  [...HEADERS, "Auto-Submitted: auto-replied"],
  [...HEADERS, "Precedence: bulk"],
  [...GENUINE, FROM, "Subject: Re: [R-3] refund"],
  [...GENUINE, FROM, `In-Reply-To: <${ID}>`, "Subject: Re: [R-4] refund"],
  [...GENUINE, FROM, "In-Reply-To: <henkin.ffff@shop.example.jp>", "Subject: Re: [R-3] refund"],
];
