import { describe, expect, it } from "vitest";
import {
  fullestName,
  namesInHeader,
  namesInText,
} from "../../../src/domain/intake/written-names.ts";
import { cpuMs } from "../../support/cpu-time.ts";

function written(text: string, display = "", address = "x1@mail.example"): string | null {
  return fullestName([...namesInText(text), ...namesInHeader(display, address)])?.name ?? null;
}

describe("a name in the text", () => {
  const INTRODUCED: readonly [string, string][] = [
    ["はじめまして。先週セーターを購入した小池と申します。", "小池"],
    ["お世話になっております、株式会社ミズホの長沼でございます。\n返金をお願いします", "長沼"],
    ["いつもお世話になっております。\n㈲サクラ商会 経理担当の御手洗です。", "御手洗"],
    ["すいません山本ですけど、注文678取り消してもらえますか", "山本"],
    ["夜分すみません、渡邊美和です。キャンセルでお願いします", "渡邊美和"],
    ["わたくし、東京都在住の五十嵐と申します", "五十嵐"],
    ["佐々木っていいます！678番返金おねがい", "佐々木"],
    ["先日お電話した久保田です。返金お願いします", "久保田"],
    ["鈴木花子（スズキハナコ）と申します。", "鈴木花子"],
    ["ﾊｼﾞﾒﾏｼﾃ｡高橋裕子ﾄ申ｼﾏｽ｡", "高橋裕子"],
    ["こんにちは 森里りんです\n注文番号：912", "森里りん"],
    ["グエン・ティ・ランと申します。注文678キャンセル", "グエン・ティ・ラン"],
    ["リンダです。キャンセルしたい", "リンダ"],
    ["やまもとです。かえしてください", "やまもと"],
    ["さとうきみこともうします まごにおそわってうっています", "さとうきみこ"],
    ["いけだでーす。きゃんせるで！", "いけだ"],
    ["後藤っす。返金たのんます", "後藤"],
    ["近藤やけど、はよ返金して", "近藤"],
    ["注文した福田やねんけど、返金してくれへん？", "福田"],
    ["昨日注文した岩本なんですけど、キャンセルできますか", "岩本"],
    ["お世話になります。森です。", "森"],
    ["東です。キャンセルします", "東"],
    ["京都の町田です。", "町田"],
    ["久保@見本大学です。", "久保"],
    ["名前は田所誠です。", "田所誠"],
    ["私、山田と申します。", "山田"],
    ["私山田花子は注文678の取消しを求めます", "山田花子"],
    ["2,000円で結構です\n注文1340の江口麻由", "江口麻由"],
    ["取消希望 注文678 福田恵", "福田恵"],
    ["田中様\nお世話になっております。小林です。返金の件です。", "小林"],
    ["御社ストアで購入しました緒方健二です。", "緒方健二"],
    ["my name is John Smith. I ordered the wrong size", "John Smith"],
    ["my name is kim minji, order 678 refund pls", "kim minji"],
    ["Hello, this is Maria Gonzalez, I bought a kettle.", "Maria Gonzalez"],
    ["Hi, I'm Tom from Leeds. Please refund.", "Tom"],
  ];
  it.each(INTRODUCED)("is introduced: %j", (text, name) => {
    expect(written(text)).toBe(name);
  });

  const SIGNED: readonly [string, string][] = [
    ["キャンセル希望です。\n斎藤", "斎藤"],
    ["678キャンセルで\n\n斎藤ゆかり", "斎藤ゆかり"],
    ["返品したい\n\n--\n伊集院 隼人\n090-0000-1111", "伊集院 隼人"],
    ["返金してください。\n\n鹿児島県指宿市見本1-2-3\n上別府 亮\n099-000-0000", "上別府 亮"],
    ["払い戻しを。\n\n--\n久保 勝 / KUBO Masaru <kubo@unix.example.ac.jp>", "久保 勝"],
    ["返金を！\n∴‥∵‥∴‥∵‥∴\n三宅 蓮\n∴‥∵‥∴‥∵‥∴", "三宅 蓮"],
    ["返金希望。\n\n㈱ヤマト工業\n総務部 総務課\n主任 野口 健二\nTEL 03-0000-1111", "野口 健二"],
    ["返金希望。\n\n代表取締役社長 郷田 剛", "郷田 剛"],
    [
      "返金を。\n――――――――\n有限会社ときわ　総務　村上 幸平\n〒720-0811 広島県福山市紅葉町0-00",
      "村上 幸平",
    ],
    ["返金しろ\n08000000695 坂本\n消費者庁に言うぞ", "坂本"],
    ["返金お願いします。　　林より", "林"],
    ["またお願いします。　松田 雪子", "松田 雪子"],
    ["Please refund order 678.\n\nThanks,\nBob", "Bob"],
    ["Please refund.\n\nMany thanks\n\nJean-Pierre de la Tour\nParis", "Jean-Pierre de la Tour"],
    ["Refund please.\nCheers, Olivia", "Olivia"],
    ["Please refund.\nSincerely yours,\nDr. Hans Müller\nMüller GmbH", "Hans Müller"],
  ];
  it.each(SIGNED)("is signed: %j", (text, name) => {
    expect(written(text)).toBe(name);
  });

  const NONE: readonly string[] = [
    "こんばんわ、きのうメールしたものです。返金して",
    "不良品です。返金してください。",
    "色違いです。最悪です。返金希望です。",
    "初めて利用した者です。届いた商品が破損です。",
    "返金してほしいです\n届いたのは昨日です\n箱は捨てました",
    "おとといたのんだ表札ですが漢字がまちがってました",
    "サイズは大です。色は白です。",
    "678を取り消します。\n以上、よろしくお願いします。\n大阪",
    "担当は田中さんです。返金の件どうなりましたか",
    "御社の田中という者です。",
    "見本商店 佐藤様\n\nお世話になっております。",
    "妻の誕生日です。返金希望です。",
    "届け先は千葉です。キャンセル希望",
    "だめです。もういいです。",
    "ショックです。キャンセルです。",
    "名義はヤマダタロウです。返金してください",
    "口座名義 ヤマダ タロウ\n返金してください。",
    "Please cancel.\nBest regards\nSent from my iPhone",
    "thank you po",
  ];
  it.each(NONE)("is not in %j", (text) => {
    expect(written(text)).toBeNull();
  });
});

describe("a display name", () => {
  const NAMES: readonly [string, string | null][] = [
    ["山田 花子", "山田 花子"],
    ["Schmidt, Anna", "Anna Schmidt"],
    ["有限会社ときわ 村上", "村上"],
    ["川上 亮太（ひばり保育園）", "川上 亮太"],
    ["Taro Tanaka (田中太郎)", "田中太郎"],
    ["服部 土屋", "服部 土屋"],
    ["営業部 服部様", "服部"],
    ["matsuda", "matsuda"],
    ["T.Kikuchi", "T.Kikuchi"],
    ["西尾 様", "西尾"],
    ["Tanaka, Taro 田中太郎", "田中太郎"],
    ["田中太郎@iPhone", "田中太郎"],
    ["'Anna Schmidt' via Forms", "Anna Schmidt"],
    ["Anna Schmidt - ACME Ltd", "Anna Schmidt"],
    ["株式会社山田製作所　営業部　山田太郎", "山田太郎"],
    ["岡部事務所 岡部", "岡部"],
    ["hana_123", null],
    ["㈱髙﨑商事 経理", null],
    ["Sample Shop", null],
    ["", null],
  ];
  it.each(NAMES)("%j", (display, name) => {
    expect(written("注文678を返金してください", display)).toBe(name);
  });
});

describe("the fullest name", () => {
  const CASES: readonly [string, string, string, string][] = [
    ["kanji before kana", "前田です。返金してください", "まえだ", "前田"],
    ["kanji before romaji", "野田 智子と申します。", "NODA Tomoko", "野田 智子"],
    ["the full name before a surname", "前田です。返金してください", "前田 浩", "前田 浩"],
    ["a person before a company", "返金を。\n\n黒田組 総務 西尾", "黒田組", "西尾"],
    ["the full name before an initial", "Thanks,\nPriya Nair", "Priya N", "Priya Nair"],
    ["who writes before whose program it is", "鈴木です。返金して", "田中 花子", "鈴木"],
  ];
  it.each(CASES)("takes %s", (_name, text, display, name) => {
    expect(written(text, display)).toBe(name);
  });
});

describe("a hostile text", () => {
  const PARTS = [
    "です",
    "田中 ",
    "山",
    "a.",
    "さとう",
    "。",
    "A ",
    "(",
    "と申し",
    "ア・",
    "―",
    "My name is A",
    "\n田中",
    "0 ",
    "ます　",
    "株式会社",
    "I am Aa ",
    "注文番",
    "〒1",
  ];
  it.each(PARTS)("of %j is read in no time", (part) => {
    const text = part.repeat(60_000 / part.length);
    const start = process.cpuUsage();
    written(text);
    expect(cpuMs(start)).toBeLessThan(100);
  });
});
