// Form mails as a busy shop gets them, each of another customer about another order. The same number
// makes the same mail.

import { randomBytes } from "node:crypto";
import { seeded } from "../simulate/random.ts";
import {
  AUTHSERV_ID,
  type ContactFormOptions,
  contactForm,
  directMail,
  type MailCharset,
} from "../support/mails.ts";

export interface FormMail {
  readonly order: string;
  readonly name: string;
  readonly email: string;
  readonly raw: Buffer;
}

interface Person {
  readonly ja: string;
  readonly en: string;
}

const SURNAMES: readonly Person[] = [
  { ja: "佐藤", en: "Sato" },
  { ja: "鈴木", en: "Suzuki" },
  { ja: "高橋", en: "Takahashi" },
  { ja: "田中", en: "Tanaka" },
  { ja: "伊藤", en: "Ito" },
  { ja: "渡辺", en: "Watanabe" },
  { ja: "山本", en: "Yamamoto" },
  { ja: "中村", en: "Nakamura" },
  { ja: "小林", en: "Kobayashi" },
  { ja: "加藤", en: "Kato" },
];
const GIVEN_NAMES: readonly Person[] = [
  { ja: "太郎", en: "Taro" },
  { ja: "花子", en: "Hanako" },
  { ja: "健一", en: "Kenichi" },
  { ja: "美咲", en: "Misaki" },
  { ja: "翔太", en: "Shota" },
  { ja: "由美子", en: "Yumiko" },
  { ja: "直樹", en: "Naoki" },
  { ja: "さくら", en: "Sakura" },
];

const WISHES_JA = [
  "上記の注文をキャンセルしたいです。返金の処理をお願いいたします。",
  "届いた商品に傷がありましたので、返金をお願いします。",
  "注文をキャンセルして、返金してください。よろしくお願いいたします。",
  "サイズが合わなかったため、返品のうえ全額返金をお願いできますでしょうか。",
];
const WISHES_EN = [
  "I would like to cancel this order. Please refund the payment.",
  "The item arrived broken, and I would like a refund, please.",
  "Please cancel the order above and refund the full amount.",
];
/** What people tell besides, which neither asks for anything nor names a number. */
const TALK_JA = [
  "いつも利用させていただいております。今回は家族への贈り物として選びましたが、箱を開けたところ角がつぶれていて、とても残念に思いました。",
  "梱包はていねいでしたが、中の緩衝材がずれていたようで、商品が動いて音がしていました。写真も撮ってありますので、必要でしたらお送りします。",
  "色味が商品ページの写真とかなり違って見えました。光の加減かとも思い、昼と夜に見比べましたが、やはり別の色のように感じます。",
  "急に引っ越すことになり、受け取りが難しくなってしまいました。こちらの都合で申し訳ありません。",
  "確認のメールは届いておりますが、迷惑メールに入っていたため気づくのが遅くなりました。",
  "平日の昼間は仕事で電話に出られませんので、ご連絡はメールでいただけますと助かります。",
  "以前にも同じ商品を購入し、とても気に入っていました。今回のものは縫い目が粗く、手触りもだいぶ違うように思います。",
  "説明書を読みながら組み立ててみましたが、どうしても一か所だけはまらず、無理に力を入れると割れそうでした。",
];
const TALK_EN = [
  "I have been a happy customer of your store for some years, and this is the first time that something like this has happened to me.",
  "The box was in good shape when the courier handed it over, but the item inside had moved around, and one corner was bent. I have taken some photos.",
  "The colour looks quite different from the pictures on your page. I compared it in daylight and in the evening, and it still looks like another product.",
  "We are moving to another city at short notice, so that I will not be able to receive the parcel. I am sorry for the trouble.",
  "I am at work during the day and cannot answer the phone, so an e-mail would be the best way to reach me.",
  "I tried to put it together step by step with the manual, but one part just does not fit, and I did not want to use force.",
];
const TOWNS = [
  "東京都渋谷区神南",
  "大阪府大阪市北区梅田",
  "愛知県名古屋市中区栄",
  "北海道札幌市中央区",
];

const FIRST_ORDER = 200_000;
/** One mail in so many carries a photo. */
const ATTACHED_EVERY = 20;
const ATTACHMENT_BYTES = 100 * 1_024;
const LINE = 76;
const attachment = randomBytes(ATTACHMENT_BYTES).toString("base64");

/** The mail of that number, from 0. */
export function formMail(number: number, overrides: ContactFormOptions = {}): FormMail {
  const random = seeded(number);
  const isEnglish = random.chance(0.3);
  const [surname, given] = [random.pick(SURNAMES), random.pick(GIVEN_NAMES)];
  const name = isEnglish ? `${given.en} ${surname.en}` : `${surname.ja}${given.ja}`;
  const email = `${given.en}.${surname.en}${number}@customer.example.jp`.toLowerCase();
  const order = String(FIRST_ORDER + number);
  const charset: MailCharset = isEnglish || random.chance(0.5) ? "utf-8" : "iso-2022-jp";
  const talk = Array.from({ length: 3 + random.below(7) }, () =>
    random.pick(isEnglish ? TALK_EN : TALK_JA),
  );
  const wish = random.pick(isEnglish ? WISHES_EN : WISHES_JA);
  const text = random.chance(0.5) ? [wish, ...talk] : [...talk, wish];
  const raw = contactForm({
    layout: isEnglish ? "cf7-en" : "cf7-ja",
    ...{ name, email, orderNumber: random.chance(0.2) ? `#${order}` : order, charset },
    address: `${random.pick(TOWNS)}${1 + random.below(30)}-${1 + random.below(20)}`,
    phone: `090-${digits(random.below(10_000))}-${digits(random.below(10_000))}`,
    message: text.join("\n\n"),
    messageId: `<form.${number}@shop.example.jp>`,
    headers: headersOf(number),
    ...overrides,
  });
  const isAttached = number % ATTACHED_EVERY === ATTACHED_EVERY - 1;
  return { order, name, email, raw: isAttached ? withAttachment(raw, number) : raw };
}

/** A mail about nothing that henkin deals with. */
export function otherMail(number: number): Buffer {
  return directMail({
    from: `山田花子 <hanako${number}@other.example.jp>`,
    subject: "送料について",
    messageId: `<other.${number}@mail.example.jp>`,
    text: "お世話になっております。\n\n送料はいくらですか。\n\n山田花子\n",
  });
}

function digits(number: number): string {
  return String(number).padStart(4, "0");
}

/** What servers on the way add. */
function headersOf(number: number): Record<string, string> {
  const signature = attachment.slice(number % 1_000, (number % 1_000) + 344);
  return {
    "Return-Path": "<wordpress@shop.example.jp>",
    "Delivered-To": "shop@shop.example.jp",
    "Authentication-Results": `${AUTHSERV_ID};\r\n spf=pass smtp.mailfrom=shop.example.jp`,
    "DKIM-Signature": `v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example.jp; s=mail;\r\n h=from:to:subject:date:message-id; bh=${signature.slice(0, 44)};\r\n b=${signature.match(/.{1,72}/g)?.join("\r\n ")}`,
    "X-Spam-Status": "No, score=-1.1 required=5.0 tests=DKIM_SIGNED,DKIM_VALID,SPF_PASS",
    "X-PHP-Script": "shop.example.jp/index.php for 203.0.113.77",
  };
}

/** The same mail with a photo behind its text. */
function withAttachment(raw: Buffer, number: number): Buffer {
  const mail = raw.toString("latin1");
  const end = mail.indexOf("\r\n\r\n");
  const [head, body] = [mail.slice(0, end), mail.slice(end + 4)];
  const about = /^Content-[^:]+:.*\r\n?/gim;
  const boundary = `=_photo_${number}`;
  // Begun elsewhere, so that no two are the same.
  const turn = (number * LINE) % attachment.length;
  const photo = `${attachment.slice(turn)}${attachment.slice(0, turn)}`.match(/.{1,76}/g) ?? [];
  const parts = [
    `${(`${head}\r\n`.match(about) ?? []).join("")}\r\n${body}`,
    'Content-Type: image/jpeg; name="photo.jpg"\r\nContent-Transfer-Encoding: base64\r\n' +
      `Content-Disposition: attachment; filename="photo.jpg"\r\n\r\n${photo.join("\r\n")}\r\n`,
  ];
  const top = `${`${head}\r\n`.replace(about, "")}Content-Type: multipart/mixed; boundary="${boundary}"`;
  const all = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join("");
  return Buffer.from(`${top}\r\n\r\n${all}--${boundary}--\r\n`, "latin1");
}
