// What the labels of contact forms mean. A label is looked up as a whole first; the long ones of
// hand-made forms (「ご注文番号（注文確認メールに記載の数字）」, "What is your full name?") are known by a
// word they hold.

import { remembering } from "../remembering.ts";

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
  // Contact Form 7: `From: [] []`, in Japanese `差出人:`.
  sender: "投稿者 差出人 from 送信者",
  name: "おなまえ 御芳名 ご芳名 御名前 御氏名 ご担当者 担当者 ご担当者様 担当者様 お客様 fullname お名前 名前 氏名 ご氏名 name fullname yourname customername contactname ご担当者名 担当者名 お客様名 お客様氏名 お客様のお名前 ご注文者名 注文者名 注文者氏名 ご注文者氏名 購入者名 ご購入者名 ご購入者様名 ご注文者",
  familyName: "last 姓 苗字 名字 お名前(姓) 氏名(姓) lastname familyname surname",
  givenName: "first 名 お名前(名) 氏名(名) firstname givenname",
  kana: "セイ メイ せい めい フリガナ ふりがな カナ かな よみがな お名前カナ 氏名カナ お名前フリガナ 氏名フリガナ お名前かな furigana kana",
  email:
    "メアド めーる 電子メール 電子メールアドレス メール メールアドレス ご連絡先メールアドレス 連絡先メールアドレス ご登録メールアドレス 登録メールアドレス お客様メールアドレス eメール eメールアドレス e-メール mail e-mail email mailaddress emailaddress e-mailaddress youremail ",
  phone:
    "tel/fax 電話/fax 電話番号/fax でんわ デンワ でんわばんごう 電話 電話番号 お電話 お電話番号 ご連絡先電話番号 連絡先電話番号 携帯 携帯電話 携帯番号 携帯電話番号 ご連絡先 連絡先 日中のご連絡先 tel telephone phone phonenumber telephonenumber mobile mobilephone your-tel",
  postal: "郵便番号 〒 zip zipcode postalcode postcode",
  address:
    "所在地 ご所在地 addr 住所 ご住所 お客様住所 ご自宅住所 address youraddress your-address streetaddress",
  addressPart: "都道府県 市区町村 市町村 町名番地 番地 番地等 建物名 マンション名 prefecture city",
  orderNumber:
    "注文晩号 order 注文番号 ご注文番号 お注文番号 受注番号 注文id ご注文id 注文no ご注文no 注文no. ご注文no. オーダー番号 オーダーid オーダーno 購入番号 ご購入番号 対象の注文番号 対象注文番号 該当注文番号 order# orderno orderno. orderid ordernumber ordernumbers yourordernumber order-number order-id",
  amount:
    "返金額 ご返金額 返金金額 返金希望額 ご返金希望額 返金希望金額 ご返金希望金額 希望返金額 希望返金金額 返金してほしい金額 refundamount requestedamount requestedrefundamount amounttorefund amounttoberefunded",
  topic:
    "ご希望の対応 希望の対応 ご希望 お問合せ種別 問合せ種別 お問合せ項目 お問合せの種類 お問合せ種類 お問合せ区分 種別 ご用件 用件 カテゴリ カテゴリー category topic inquirytype typeofinquiry reason enquirytype",
  subject: "題名 件名 タイトル subject title お問合せ件名 yoursubject your-subject",
  message:
    "どうなさいましたか どうされましたか ご意見 ご意見・ご感想 聞きたいこと ご連絡事項 連絡事項 お問合せ事項 メッセージ本文 メッセージ メッセージ内容 本文 内容 お問合せ内容 問合せ内容 お問合せの内容 お問合せ詳細 お問合せ本文 お問合せ ご質問内容 ご質問 ご相談内容 ご要望 ご意見・ご要望 ご用件内容 詳細 詳細内容 備考 コメント message messagebody yourmessage your-message body comment comments inquiry enquiry details question",
  other:
    "整理番号 メッセージ番号 フォーム名 受信日時 タイムスタンプ submissionid entryid ticket productid 送信日時 送信元ip 送信者ip 受付番号 受付日時 お問合せ番号 入力時間 日時 日付 会社名 貴社名 御社名 法人名 店舗名 部署名 性別 年齢 生年月日 職業 fax ファックス fax番号 商品名 ご注文商品 商品 商品番号 品番 型番 数量 個数 金額 合計 合計金額 ご注文金額 注文金額 お支払い方法 支払方法 支払い方法 お支払方法 注文日 ご注文日 購入日 ご購入日 ご注文日時 お届け先 追跡番号 伝票番号 会員番号 口座番号 口座 銀行名 支店名 ご希望の連絡方法 company website url date time host agent ipaddress ip sourceurl countrycode orderdate product quantity total trackingnumber paymentmethod",
};

const DECORATION = "[\\s■□▼▽▲△◆◇●○◎・★☆※*＊|｜>＞─━-]";
const EDGES = new RegExp(`^${DECORATION}+|(?:${DECORATION}|[:：=＝])+$`, "g");

/** A form has the same ones in each of its mails, and asks for each of them more than once. */
const foldLabel = remembering((raw: string): string =>
  raw
    .normalize("NFKC")
    .toLowerCase()
    .replace(EDGES, "")
    .replace(/^(?:q|問)?\d{1,2}[.):、．]\s*/, "")
    .replace(/[\s_-]+/g, "")
    .replace(/問い?合わ?せ/g, "問合せ")
    .replace(/[?？]$|(?:必須|任意)$/, ""),
);

const KIND_OF = new Map<string, LabelKind>(
  (Object.entries(SYNONYMS) as [LabelKind, string][]).flatMap(([kind, words]) =>
    words
      .trim()
      .split(/\s+/)
      .map((word): [string, LabelKind] => [foldLabel(word), kind]),
  ),
);

/** The first that holds decides, so that 「注文者のお名前」 is a name and 「商品名」 is none. */
const HOLDS: readonly (readonly [RegExp, LabelKind])[] = [
  [/確認用|再入力|もう一度|confirm(?!ation|ed)|repeat/, "other"],
  [
    /同意|承諾|プライバシー|個人情報|規約|privacy|agree|consent|メルマガ|メールマガジン|newsletter/,
    "other",
  ],
  [
    /(?:会社|法人|団体|店舗|部署|商品|製品|品|銀行|支店|口座|ユーザー|ショップ|件)名|company|product/,
    "other",
  ],
  [/(?:連絡|支払|配送|返金|受取)(?:の)?方法|contactmeby|(?:時間|日時|日付|いつ)|^when/, "other"],
  [/フリガナ|ふりがな|カタカナ|ひらがな|よみがな|読み仮名/, "kana"],
  [/メールアドレス|メアド|e?メール|email|mailaddress/, "email"],
  [/電話|携帯|phone|mobilenumber/, "phone"],
  [/郵便番号|zipcode|postalcode|postcode/, "postal"],
  [/都道府県|市区町村|番地|建物|マンション|prefecture/, "addressPart"],
  [/住所/, "address"],
  [/返金.{0,6}額|refundamount|amount.{0,8}refund/, "amount"],
  [
    /(?:注文|受注|オーダー|購入)(?:の)?(?:管理)?(?:番号|no|id|コード)|order(?:number|no\b|id|#|ref)/,
    "orderNumber",
  ],
  [/お名前|氏名|名前|フルネーム|fullname|yourname/, "name"],
  [/種別|種類|項目|区分|ご?希望の対応|カテゴリ|category|typeof|whatwouldyoulike/, "topic"],
  [
    /(?:問合せ|ご?用件|ご?相談|ご?質問|ご?連絡|ご?要望)(?:の)?(?:内容|詳細|事項|本文)|メッセージ|内容を|詳しい|詳しく|状況|理由を|message|tellus|describe|howcanwehelp|details/,
    "message",
  ],
];

/** Longer ones are sentences. */
const LABEL_LENGTH_MAX = 60;

function kindByWord(label: string): LabelKind | null {
  if (label.length > LABEL_LENGTH_MAX) return null;
  return HOLDS.find(([word]) => word.test(label))?.[1] ?? null;
}

/**
 * What a label asks for; null where no form is known to use it.
 *
 * @param isPlainlyLabel its layout is one that only labels have, so that a word in it is enough
 */
export function kindOfLabel(raw: string, isPlainlyLabel: boolean): LabelKind | null {
  if (raw.length > 2 * LABEL_LENGTH_MAX) return null;
  const label = foldLabel(raw);
  const bare = label.replace(/[([【<][^)\]】>]*[)\]】>]/g, "");
  const note = label.slice(bare.length);
  if (/確認用|再入力|confirm(?!ation|ed)/.test(note)) return "other"; // メールアドレス（確認用）
  if (/ガナ|がな|カナ|かな/.test(note)) return "kana"; // お名前（フリガナ）
  const known = KIND_OF.get(label) ?? KIND_OF.get(bare);
  return known ?? (isPlainlyLabel ? (kindByWord(bare) ?? kindByWord(label)) : null);
}
