// What a customer wants done: what the single sentences say (statements.ts), taken together.

import type { Intent } from "../ticket.ts";
import { wantsExchange, wantsSomethingElse } from "./other-wish.ts";
import { findPart } from "./part-of-order.ts";
import { sentencesOf } from "./sentences.ts";
import type { Mood, Statement, Told } from "./statement.ts";
import { statementsOf } from "./statements.ts";
import { lastTakenBack } from "./taken-back.ts";

export interface IntentFound {
  readonly intent: Intent;
  /** The words that said it. */
  readonly label: string;
}

const BEFORE_PURCHASE =
  /(?:購入|注文|買う|買い物)(?:する|の)?前(?!日)|買おうと(?:思|考え|検討)|(?:購入|注文|買うか)[^。]{0,12}(?:検討|迷って|悩んで|考えて)|検討(?:中|して(?:い|お))|これから(?:注文|購入|買)|まだ(?:注文|購入|買)[^。]{0,8}(?:ていません|てない|ておりません|ていない|ません)|(?:注文|購入)(?:しよう|したい(?:と|の)|しても(?:よい|いい)|を考え)|初めて(?:利用|注文|購入)(?:し(?:ます|たい)|を)|(?:購入|利用|注文)(?:した)?(?:経験|こと|歴)(?:は|が|も)?(?:ござい|あり|な)|before (?:i |we )?(?:buy|order|purchas|make a purchase|place)|(?:thinking of|thinking about|considering|planning to|want to|would like to|interested in) (?:buy|order|purchas)|(?:haven't|have not|didn't) (?:bought|ordered|purchased|order|buy)/;
const HYPOTHETICAL =
  /もし(?!まだ|も?可能|でき|よろし|間に合)|(?:注文|購入)(?:後に|後の|した場合|した後|したあと|する場合)|万が一|仮に|\bif (?:i|we) (?:buy|order|purchase)|\bif the\b/;
const OWN_ORDER =
  /注文(?:した|しま|し、|し(?:て(?!も|から|い?ない|いません))|いたしま|済|させて|ずみ)|購入(?:した(?!い|場合|後|ら)|しま|し、|いたしま|させて)|買っ[たて]|買いま|届い[たて]|届きま|頼んだ|たのんだ|頼みま|予約し(?:て|た|ま)|(?:この|その|私の|わたしの|僕の|ぼくの|俺の|自分の|先日の|昨日の|先ほどの|上記の|今回の|下記の|さっきの|きのうの|今朝の)ご?注文|先ほど|さきほど|先程|さっき|昨日|きのう|先日|今朝|本日|今から|まだ間に合|まだキャンセル|my (?:order|purchase|parcel|package|item)|i (?:just |have |already )?(?:ordered|bought|purchased|placed|received)|this order|the order i|i've (?:just |already )?(?:ordered|bought|placed)|(?:order|purchase)(?:d| placed| made)? (?:on |yesterday|today|last|this morning)/;

/** 「キャンセルできますか。可能ならお願いします」 */
const IF_POSSIBLE =
  /(?:可能|でき(?:る|まし)|大丈夫|間に合)[^。]{0,8}(?:なら|でしたら|であれば|ようなら|たら|ば)[^。]{0,14}(?:お?願い|ください|ほし|たい)|というか(?:し|返|キャンセル)?て?ください|if (?:so|possible|yes)[^.?!]{0,24}\b(?:please|do it|go ahead|cancel|refund)/;
/** Not what a policy hangs on, but how one asks politely, or the state of the own order. */
const POLITE_CONDITION =
  /(?:可能|でき(?:る|まし)|よろし|宜し|差し支え|間に合|発送前|出荷前|未発送|準備前|まだ|大丈夫)[^。、]{0,10}(?:なら|でしたら|であれば|ようでしたら|たら|れば|場合(?:は|、)?)/g;
const CONDITION = /(?:とき|時|場合|際|なかったら|たら|れば|なら|だったら)(?:に|は|も|には|、|って)/;
/** A clause that only supposes: 「届いた商品が壊れていた場合は」 is no order that exists. */
const SUPPOSED_CLAUSE =
  /(?<=^|[、。!?\n])(?:(?!キャンセル|取消|返金|返品|やめ)[^、。!?\n]){1,60}(?:とき|時|場合|際|なかったら|たら|れば)(?:に|は|も|には|、|って)/g;
const ASKED_POLITELY = /(?:ます|る|ません|ない)(?:でしょう)?(?:か|\?|。)?$/;

/** Says that the writer thinks otherwise now. */
const AFTER_ALL =
  /やはり|やっぱり?|結局|気が変わ|考え直|思い直|改め(?:て|まし)|無事|見つか|届きま(?!せ)|解決|直り|使え(?:るように|まし)|after all|actually|changed? my mind|no longer|found|arrived|solved|resolved/;
const KEEP =
  /(?:やはり|やっぱり?|結局|考え直|思い直|気が変わ)[^。]{0,40}(?:ほし(?:い|く)|必要|使(?:う|い|え)|購入し(?:たい|ます)|買い(?:たい|ます)|このまま|そのまま|予定通り|受け取り(?:たい|ます)|いただ(?:きたい|くこと)|(?:発送|進め|続け|送)[^。]{0,6}(?:ください|願い|ほし))|(?:注文)(?:は|を)?(?:そのまま|このまま|予定通り|有効|生かし|活かし)|\bkeep (?:my|the) order\b|\bstill want (?:it|the|my)\b|\bwant (?:it|to keep it) after all\b/;

const SOLVED =
  /もう(?:結構|けっこう|大丈夫|いい|不要|必要)|(?:不要|必要(?:が|は)?なく)に?なり|解決(?:し|いた|済)/;

const isOf =
  (...moods: Mood[]) =>
  ({ mood }: Statement): boolean =>
    moods.includes(mood);

function isOwnOrder(text: string, hasOrderNumber: boolean): boolean {
  return hasOrderNumber || OWN_ORDER.test(text);
}

/** 「イメージと違ったとき、返金してもらえますか」 asks for the rule, not for money. */
function isPolicyQuestion({ mood, label, sentence }: Statement): boolean {
  if (mood !== "wish" || !ASKED_POLITELY.test(label)) return false;
  const before = sentence.slice(0, Math.max(0, sentence.indexOf(label.slice(0, 6))));
  return CONDITION.test(before.replace(POLITE_CONDITION, ""));
}

function softened(said: readonly Told[]): Told[] {
  return said.map((one) => (isPolicyQuestion(one) ? { ...one, mood: "question" } : one));
}

function readTakenBack(said: readonly Told[], all: readonly string[]): IntentFound | null {
  // 「先日の返金の件ですが、なかったことに」
  const undone = said.find(({ label }) => /^(?:なかった|無かった)ことに/.test(label));
  const others = said.filter((one) => one !== undone);
  if (undone !== undefined && !others.some(isOf("wish")) && NAMED.test(all.join(""))) {
    return { intent: "withdraw", label: undone.label };
  }
  const plain = lastTakenBack(said, all);
  if (plain !== null) return { intent: "withdraw", label: plain };
  if (said.some(isOf("wish"))) return null;
  const text = all.join("");
  const reported = said.some(isOf("reported"));
  const denied = said.find(isOf("denied"));
  const keeps = KEEP.exec(text) ?? (reported ? SOLVED.exec(text) : null);
  if (keeps !== null && (reported || denied !== undefined || said.length > 0)) {
    return { intent: "withdraw", label: keeps[0].slice(0, 40) };
  }
  if (denied === undefined || wantsExchange(all)) return null;
  const isPassing = wantsSomethingElse(all) && !reported && !AFTER_ALL.test(text);
  const isOpen = said.some(isOf("question"));
  return isPassing || isOpen ? null : { intent: "withdraw", label: denied.label };
}

function readQuestion(
  said: readonly Statement[],
  text: string,
  hasOrderNumber: boolean,
): IntentFound | null {
  const asked =
    said.find((one) => one.topic !== "return" && isOf("question")(one)) ??
    said.find(isOf("question"));
  const label = asked?.label ?? /まだ(?:今から)?間に合[^。]{0,12}/.exec(text)?.[0];
  const real = text.replace(POLITE_CONDITION, "").replace(SUPPOSED_CLAUSE, "");
  if (label === undefined || !isOwnOrder(real, hasOrderNumber)) return null;
  if (asked?.topic === "return" && /方法|仕方|手順|教え|送/.test(asked.label)) return null;
  return hasOrderNumber || !(BEFORE_PURCHASE.test(text) || HYPOTHETICAL.test(text))
    ? { intent: "asks", label }
    : null;
}

/** A wish told of and neither met nor taken back still stands. */
function standing(said: readonly Statement[], all: readonly string[]): Statement[] {
  const isSettled = said.some(isOf("done", "denied", "offered", "question"));
  const isThanks = all.some((sentence) =>
    /ありがとうござい(?:まし)|感謝|届きま|thank you for|thanks for/.test(sentence),
  );
  return isSettled || isThanks || wantsSomethingElse(all) ? [] : said.filter(isOf("reported"));
}

function wishesOf(said: readonly Statement[], all: readonly string[]): Statement[] {
  const isExchange = wantsExchange(all);
  const questions = said.filter((one) => one.mood === "question" && one.topic !== "return");
  const asked = IF_POSSIBLE.test(all.join("")) ? questions : [];
  // 「返品したいのですが、返金してもらえるのでしょうか」: the return hangs on the answer.
  const hangs =
    isExchange || (asked.length === 0 && questions.some(({ topic }) => topic === "refund"));
  const plain = said.filter((one) => one.mood === "wish" && !(one.topic === "return" && hangs));
  if (plain.length + asked.length > 0) return [...plain, ...asked];
  const unable = said.filter(isOf("unable"));
  const isPlea = all.some((sentence) =>
    /(?:対応|手続き?|処理|そちら)[^。]{0,14}(?:願い|ください|ほし)|please help/.test(sentence),
  );
  if (unable.length > 0 && isPlea) return unable;
  return standing(said, all);
}

function readWish(
  said: readonly Statement[],
  all: readonly string[],
  hasOrderNumber: boolean,
): IntentFound | null {
  const text = all.join("");
  if (BEFORE_PURCHASE.test(text) && !isOwnOrder(text, hasOrderNumber)) return null;
  const wishes = wishesOf(said, all);
  const [first] = wishes;
  if (first === undefined) return readQuestion(said, text, hasOrderNumber);
  const part = findPart(
    wishes.map(({ sentence }) => sentence),
    all,
  );
  if (part !== null) return { intent: "partial", label: part };
  const cancel = wishes.find(({ topic }) => topic === "cancel");
  return cancel === undefined
    ? { intent: "full", label: first.label }
    : { intent: "cancel", label: cancel.label };
}

/** 「まちがえて押しました。買わないです」 names no cancellation and is one. */
const BY_MISTAKE =
  /(?:間違|まちが|誤)(?:え?て|って|い)[^。]{0,20}(?:押|おし|注文|購入|買|頼|ポチ|ぽち)/;
const UNWANTED = /(?:買わ|かわ)ない(?:で(?:す|お)|こと|ので|。|$)|(?:買い|かい)ません(?!か|で)/;

function readImplied(all: readonly string[]): IntentFound | null {
  const text = all.join("\n");
  const unwanted = UNWANTED.exec(text)?.[0];
  return unwanted !== undefined && BY_MISTAKE.test(text)
    ? { intent: "cancel", label: unwanted }
    : null;
}

const NAMED = /キャンセル|取消|返金|返品|cancel|refund/;

/** What the customer's own words ask for; null where they ask for nothing of this kind. */
export function readIntent(text: string, hasOrderNumber: boolean): IntentFound | null {
  const all = sentencesOf(text);
  const said = softened(statementsOf(all));
  if (said.length === 0 && !all.some((sentence) => NAMED.test(sentence))) return readImplied(all);
  return readTakenBack(said, all) ?? readWish(said, all, hasOrderNumber);
}
