// Which of the numbers that a mail names it is about. "1031 arrived, thanks, but please cancel 1042"
// names two orders and asks about one. Every mention of a number is judged by the words of its own
// clause: it may be denied, another shop's, an example, or an order with which all is well. The last
// counts only where another number is left, because thanks alone are still about their order.

import { matchesOf } from "../matches.ts";
import { TOKEN } from "./order-number-shapes.ts";

export interface Standing {
  /** Said not to be meant, whatever else the mail holds. */
  readonly denied: ReadonlySet<string>;
  /** Named beside the orders that the mail is about; to be left out while others remain. */
  readonly aside: ReadonlySet<string>;
}

interface Mention {
  readonly number: string;
  /** From the number before it, or from the start of its sentence. */
  readonly before: string;
  /** Up to the next number, or to the end of its sentence. */
  readonly after: string;
  /** The text from the number on, a sentence or two. */
  readonly rest: string;
}

const NUMBERS = new RegExp(TOKEN, "g");
/** A line that a mail client has ended is no end of a sentence. */
const SENTENCE_END = /[。!?]|(?<!\.)\.(?=\s)|(?<![、,をのがはにでとて])\n|\n(?=\s*\n)/g;
/** Nothing but a joint stands between two numbers of one list. */
const LIST_GAP =
  /^(?!\s?\()(?:[\s、,/・&+#「」()]|と|及び|および|や|番|号|第|の?(?:ご|御)?注文|NO\.|AND|OR|ORDERS?){0,14}$/;

const WISH =
  /キャンセル(?!済|され|分|料|待|ポリシー|して(?:くれ|もら|いただき))|取り?消(?!済|され)|取り?止め|返金(?!済|され|額|(?:は|が|も|を)(?:確認|届|完了|受)|の?(?:ご?連絡|ご?対応|ご?処理|手続)|[をはの、]?(?:誠に|本当に|早速)?(?:の)?ありがと|(?:して)?(?:くれ|もら|いただ[いき]|頂))|返品(?!済)|返して|返し[てた]?ほし|(?:お?金|代金)[をは]お?[返戻]し|払い戻(?!され)|やめ|(?<![A-Z])CANCEL(?!L?ED|L?ING)|REFUND(?!ED|ING)|MONEY BACK|(?<!NO )(?<![A-Z])RETURN(?!ED|ING)/;
const COMPLAINT =
  /割れ|壊れ|不良|破れ|汚れ|傷|欠け|動か|動き?ませ|使え|点か|違う(?!注文)|違って|間違った|届(?:か|いてい?[なま]せ?|きませ)|未着|来な|来ませ|まだ|BROKEN|DAMAGE|WRONG (?:ITEM|SIZE|COLOU?R|ONE)|DEFECT|FAULTY|NOT WORK|DOESN'T WORK|NOT ARRIVE|NEVER|NOT RECEIVE|STILL|MISSING|LATE(?![A-Z])/;

const DENIED_AFTER =
  /^\s?[)」』】]{0,2}\s?(?:番|号)?(?:の(?:方|ほう|注文|分|件))?\s?(?:では?な[くい]|では?ありません|じゃな[くい]|じゃありません|ではございません|や(?:なくて?|なしに|のうて)(?!い)|とちゃ[うい]|以外|を除|は除|は(?:もう|すでに|既に)?、?(?:届|受け取|着)[^\d。\n]{1,8}(?:ので|から|ため)、?(?:いい|良い|よい|結構|大丈夫|対象外|そのまま|不要))/;
/** Said of the whole clause: そちらの話ではありません. */
const NOT_THE_MATTER = /(?:話|こと|件|用件)では?(?:ない|なく|ありません|ございません)/;
const DENIED_BEFORE =
  /(?:(?<![A-Z])NOT (?:FOR |MEAN(?:ING)? |ABOUT |TALKING ABOUT |REFERRING TO |THE |MY |YOUR |OTHER |ONE |ORDER |NUMBER |NO\.? ?){0,4}|N'T (?:MEAN|TALKING ABOUT) (?:THE |MY |ORDER |NUMBER |NO\.? ?){0,3}|(?:INSTEAD OF|RATHER THAN|EXCEPT(?: FOR)?|OTHER THAN|APART FROM) (?:THE |MY |ORDER |NUMBER |NO\.? ?){0,3})[#"'(]?$/;
const EXAMPLE_BEFORE =
  /(?:(?<![一-龠])(?:記入|入力)?例(?:えば|[:)」】、 ])|たとえば|(?<![A-Z])E\.?G\.|FOR EXAMPLE|FOR INSTANCE|(?<![A-Z])EX[.:])[^\d。\n]{0,14}$/;
const OTHER_SHOP =
  /(?:別|他|ほか|よそ|違う)の(?:お店|店|ショップ|サイト|ストア|通販|業者|会社|モール)|他店|他社|よそで|(?:ANOTHER|OTHER|DIFFERENT) (?:SHOP|STORE|SELLER|SITE|WEBSITE|COMPANY|RETAILER)/;
const OWN_SHOP = /御社|貴社|貴店|そちらで|こちらの|YOUR (?:SHOP|STORE|SITE|WEBSITE)/;
export const MALL =
  /楽天|アマゾン|AMAZON|ヤフー|YAHOO|メルカリ|ZOZO|QOO10|AU ?PAY|EBAY|ETSY|RAKUTEN|SHEIN|TEMU/;

/** All is well with it, or it is said to be none of the matter. */
const WELL =
  /無事|[そこ]のまま|使うので|使います(?!か|が)|消さな|関係(?:は|が)?(?:ない|なく|ありま|ございま)|無関係|対象外|別件|問題(?:は|も|が)?(?:ない|なく|なかっ|ありま|ございま)|大丈夫|(?:返金|交換|解決|キャンセル|取消|対応|処理|完了|受領|受取|受け取り)(?:は|も|が)?(?:すで[にに]?)?済|(?:返金|交換|キャンセル|対応|解決)(?:を|が|は|も)?(?:して)?(?:され|いただ[いき]|頂[いき]|もら[いっ]|くれ|しま?した)|の返金は?(?:確認|ありがと)|ありがと|気に入|満足|美味し|おいし|重宝|愛用|(?:友達|友人|家族|妻|夫|母|父|姉|妹|兄|弟|娘|息子|知人|同僚|他の人|別の人|別の方)の|残し|(?<![A-Z])(?:THANK|KEEP|PERFECT|FINE|HAPPY|GREAT|OK(?:AY)?(?![A-Z])|ALRIGHT|ALREADY|UNRELATED|SETTLED|RESOLVED|SAFELY|LEAVE|UNTOUCHED|BELONGS TO|FRIEND'S|WIFE'S|HUSBAND'S|SISTER'S|BROTHER'S|MOTHER'S|NO PROBLEM|NOTHING WRONG|NOT AFFECTED|GOOD CONDITION|WAS GOOD|IS GOOD|STAYS?(?![A-Z]))/;
/** 「こちらはそのままで結構です」 */
const KEPT = /(?:こちら|これ|そちら|それ)は[そこ]のまま|[そこ]のままで(?:結構|大丈夫|いい|良い)/;
/** Written by mistake; the right number stands elsewhere. */
const MISWRITTEN =
  /^\s?[)」』】]{0,2}\s?(?:番|号)?\s?(?:は(?:間違い|誤り)(?:です|でし|で、)|は違い(?:ます|まし)|(?:\()誤|と(?:書|記|入力|お伝え|伝え|送)[^。]{0,14}(?:が|けど|のは)|→|(?:IS|WAS) (?:WRONG|INCORRECT|A (?:TYPO|MISTAKE)))/;
const LEAVE_ALONE = /(?:DO NOT|DON'T|PLEASE NOT) (?:CANCEL|REFUND|TOUCH)[^.;\n]{0,16}$/;
const LEFT_ALONE = /^[^。\n]{0,8}(?:キャンセル|取り?消|返金)(?:し|さ)?(?:ないで|なくて)/;
const RECEIVED =
  /届(?:きま|いた|いて(?!い?[なま]))|受け取(?:り|っ)|着きま|ARRIVED|RECEIVED|(?<![A-Z])(?:CAME|GOT)(?![A-Z])/;

/** 「昨年の注文1204の時は良くしていただいた」 */
const EARLIER_BEFORE = /(?:昨年|去年|一昨年|以前|前回)[^。\n]{0,12}$/;
const AT_THAT_TIME = /^\s?番?の?(?:時|とき|際|折)/;

/** Where a clause turns to something else. */
const TURN_AFTER =
  /(?:が|けど|けれども?|ので|一方)[、,]|;|。|(?<![A-Z])(?:BUT|HOWEVER|WHILE|WHEREAS|PLEASE)(?![A-Z])/;
const TURN_BEFORE =
  /^[\s\S]*(?:(?:が|けど|けれども?|ので|一方)[、,]|;|(?<![A-Z])(?:BUT|HOWEVER|WHILE|WHEREAS)(?![A-Z]))/;

/** Where the sentence at `start` begins, or a place too far back to matter. */
function sentenceStart(text: string, start: number): number {
  let from = Math.max(0, start - REACH);
  SENTENCE_END.lastIndex = from;
  for (let end = SENTENCE_END.exec(text); end !== null; end = SENTENCE_END.exec(text)) {
    if (end.index >= start) break;
    from = end.index + 1;
  }
  return from;
}

function sentenceEnd(text: string, start: number): number {
  SENTENCE_END.lastIndex = start;
  const end = SENTENCE_END.exec(text);
  return end === null ? text.length : end.index + 1;
}

interface Place {
  readonly number: string;
  readonly start: number;
  readonly end: number;
}

function placesOf(text: string, numbers: ReadonlySet<string>): Place[] {
  const found: Place[] = [];
  NUMBERS.lastIndex = 0;
  for (let match = NUMBERS.exec(text); match !== null; match = NUMBERS.exec(text)) {
    const [number] = match;
    if (!numbers.has(number)) continue;
    found.push({ number, start: match.index, end: NUMBERS.lastIndex });
    if (found.length >= MENTIONS_MAX) break;
  }
  return found;
}

/** Long enough for a clause; no reading of a hostile mail takes longer for more. */
const REACH = 160;
const MENTIONS_MAX = 300;

/** Numbers with nothing but joints between them share what is said about the last one. */
function isJoined(text: string, left: Place, right: Place): boolean {
  return right.start - left.end <= 24 && LIST_GAP.test(text.slice(left.end, right.start));
}

function listsOf(text: string, places: readonly Place[]): Place[][] {
  const lists: Place[][] = [];
  for (const place of places) {
    const list = lists.at(-1);
    const last = list?.at(-1);
    if (list !== undefined && last !== undefined && isJoined(text, last, place)) list.push(place);
    else lists.push([place]);
  }
  return lists;
}

function mentionsOf(text: string, numbers: ReadonlySet<string>): Mention[] {
  const lists = listsOf(text, placesOf(text, numbers));
  return lists.flatMap((list, at) => {
    const [first, last] = [list[0], list.at(-1)];
    if (first === undefined || last === undefined) return [];
    const from = Math.max(sentenceStart(text, first.start), lists[at - 1]?.at(-1)?.end ?? 0);
    const to = Math.min(sentenceEnd(text, last.start), lists[at + 1]?.[0]?.start ?? text.length);
    const before = text.slice(from, first.start);
    const after = text.slice(last.end, Math.min(to, last.end + REACH));
    const rest = text.slice(last.end, last.end + REACH);
    return list.map(({ number }) => ({ number, before, after, rest }));
  });
}

type Verdict = "denied" | "aside" | "received" | "wished" | "neutral";

/** 「友人の注文番号は701で届いたのに、私のはまだです」: somebody else's, and the writer tells of an own one. */
const OF_SOMEBODY =
  /(?:(?:友達|友人|家族|妻|夫|母|父|姉|妹|兄|弟|娘|息子|知人|同僚|隣|他の人|別の人|別の方)(?:さん|の人|の方)?の|(?<![A-Z])(?:FRIEND|WIFE|HUSBAND|SISTER|BROTHER|MOTHER|FATHER|COLLEAGUE|NEIGHBOU?R)'S )[^\d。\n]{0,20}$/;
const MY_OWN =
  /(?:私|わたし|わたくし|僕|俺|自分|当方|こちら|うち)の(?:は|も|が|だけ|ほう|方|分|注文|オーダー|もの|荷物|商品)|(?<![A-Z])(?:MINE|MY (?:OWN|ORDER|ONE|PARCEL|PACKAGE|ITEM))(?![A-Z])/;

/** Not meant, whatever else the mail says. */
function isDenied({ before, after, rest }: Mention, near: string): boolean {
  if (OF_SOMEBODY.test(before) && MY_OWN.test(rest)) return true;
  if (DENIED_AFTER.test(after) || DENIED_BEFORE.test(before)) return true;
  if (EXAMPLE_BEFORE.test(before) || NOT_THE_MATTER.test(after)) return true;
  if (WISH.test(near)) return false;
  if (OTHER_SHOP.test(`${before} ${after}`) && !OWN_SHOP.test(near)) return true;
  if (KEPT.test(near)) return true;
  const isSettled = WELL.test(near) || RECEIVED.test(near);
  return MALL.test(near) && isSettled && !COMPLAINT.test(after);
}

function judge(mention: Mention): Verdict {
  const { before, after } = mention;
  const near = `${before.replace(TURN_BEFORE, "")} ${after.split(TURN_AFTER)[0] ?? ""}`;
  if (isDenied(mention, near)) return "denied";
  if (MISWRITTEN.test(after) || LEAVE_ALONE.test(before) || LEFT_ALONE.test(after)) return "aside";
  if (EARLIER_BEFORE.test(before) && AT_THAT_TIME.test(after)) return "aside";
  if (WISH.test(near) || COMPLAINT.test(after)) return "wished";
  if (MALL.test(near) || WELL.test(near)) return "aside";
  return RECEIVED.test(near) ? "received" : "neutral";
}

/**
 * What a folded text says about the numbers that it, or a field beside it, names.
 *
 * @param earlier numbers that are told as those of another time, see `earlierIn`
 * @param whole the text of the mail, where `text` ends before it does
 */
export function standingOf(
  text: string,
  numbers: ReadonlySet<string>,
  earlier: readonly string[] = [],
  whole: () => string = () => text,
): Standing {
  if (numbers.size === 0) return { denied: new Set(), aside: new Set() };
  const verdicts = new Map<string, Set<Verdict>>();
  for (const mention of mentionsOf(text, numbers)) {
    const own = verdicts.get(mention.number) ?? new Set<Verdict>();
    verdicts.set(mention.number, own.add(judge(mention)));
  }
  const having = (verdict: Verdict) =>
    [...verdicts].filter(([, own]) => own.has(verdict)).map(([number]) => number);
  const wished = new Set(having("wished"));
  const received = wished.size > 0 ? having("received") : [];
  const told = [...having("aside"), ...received];
  // Of a mail that wants nothing back, every order is what it is about.
  const settled = told.length > 0 && WISH.test(whole()) ? told : [];
  const others = earlier.length > 0 && !BOTH.test(whole()) ? [...settled, ...earlier] : settled;
  const aside = others.filter((number) => !wished.has(number));
  return { denied: new Set(having("denied")), aside: new Set(aside) };
}

const CONTRASTS: readonly RegExp[] = [
  // 8890ではなく8891 · 8890じゃなくて、えー、8891
  /(?<![A-Z0-9-])([A-Z0-9-]{2,24})番?(?:では|じゃ|で)な(?:くて?|いです)[^\dA-Z\n]{0,14}([A-Z0-9-]{2,24})/g,
  // 8890と書きましたが、正しくは8891です · 8890は間違いで8891
  /(?<![A-Z0-9-])([A-Z0-9-]{2,24})番?(?:と(?:書|記|入力|お伝え|伝え|送)[^\dA-Z\n]{1,24}|は(?:間違い|誤り)[^\dA-Z\n]{1,16}|\s?(?:→|=>|->)\s?)#?([A-Z0-9-]{2,24})/g,
  // 8890(正しくは8891) · 8890は8891の間違いです
  /(?<![A-Z0-9-])([A-Z0-9-]{2,24})番?[^\dA-Z\n]{0,6}正しくは[^\dA-Z\n]{0,4}([A-Z0-9-]{2,24})/g,
  /(?<![A-Z0-9-])([A-Z0-9-]{2,24})番?[^\dA-Z\n]{1,12}([A-Z0-9-]{2,24})(?=\s?番?\s?の(?:間違い|誤り))/g,
  // not 8890 but 8891 · 8890 is wrong, it should be 8891
  /(?<![A-Z])NOT #?([A-Z0-9-]{2,24}),? (?:BUT|IT IS|IT'S|RATHER)[^\d\n]{0,16}([A-Z0-9-]{2,24})/g,
  /(?<![A-Z0-9-])([A-Z0-9-]{2,24})\)? (?:IS|WAS) (?:WRONG|INCORRECT|A (?:TYPO|MISTAKE))[^\d]{1,40}?([A-Z]{0,4}-?\d{2,20})/g,
];

export interface Contrast {
  readonly wrong: string;
  readonly right: string;
  /** Of the right one. */
  readonly index: number;
}

/** Asked first, as every contrast has one of them. */
const SPEAKS_OF_MISTAKE =
  /[はがじゃで]な[くい]|と(?:書|記|入力|お伝え|伝え|送)|間違|誤り|正しく|→|=>|->|(?<![A-Z])(?:NOT|WRONG|INCORRECT|TYPO|MISTAKE)(?![A-Z])/;

/** 8890ではなく8891: pairs of which the second is right. */
export function contrastsIn(text: string): Contrast[] {
  if (!SPEAKS_OF_MISTAKE.test(text)) return [];
  return CONTRASTS.flatMap((pattern) =>
    matchesOf(text, pattern).map((match) => ({
      wrong: match[1] ?? "",
      right: match[2] ?? "",
      index: match.index + match[0].length - (match[2] ?? "").length,
    })),
  );
}

const NUMBER = "[A-Z]{0,6}-?\\d{2,20}(?:-\\d{1,20})?(?![A-Z0-9-])";
const OTHER_TIME = "(?:前回|前々回|以前|先月|昨年|去年|前の)";
const THIS_TIME = "(?:今回|今度|この度|このたび)";
const OTHER_TIME_EN =
  "(?<![A-Z])(?:PREVIOUS|LAST|EARLIER|PRIOR|OLD)(?: (?:TIME|TIME'S|ORDER|ONE|NUMBER|NO\\.?|THE|MY|IT|WAS|IS|HAD)){0,6}";
const THIS_TIME_EN =
  "(?<![A-Z])(?:THIS|NEW|CURRENT)(?: (?:TIME|TIME'S|ORDER|ONE|NUMBER|NO\\.?|THE|MY|IT|IS|WAS)){0,6}";

const TIMES: readonly RegExp[] = [
  // 前回の注文番号は679で、今回は678です
  `${OTHER_TIME}[^\\dA-Z\\n。]{0,16}(?<earlier>${NUMBER})[^\\dA-Z\\n]{1,16}${THIS_TIME}[^\\dA-Z\\n]{0,12}(?<now>${NUMBER})`,
  // 679は前回の注文番号です。今回は678
  `(?<![A-Z0-9-])(?<earlier>${NUMBER})番?は${OTHER_TIME}[^\\dA-Z\\n]{0,20}${THIS_TIME}[^\\dA-Z\\n]{0,12}(?<now>${NUMBER})`,
  // 今回は678です(前回の注文番号は679)
  `${THIS_TIME}[^\\dA-Z\\n]{0,12}(?<now>${NUMBER})[^\\dA-Z\\n]{1,12}${OTHER_TIME}[^\\dA-Z\\n]{0,14}(?<earlier>${NUMBER})`,
  // The previous order number was 679, this one is 678
  `${OTHER_TIME_EN}[^\\d\\n]{0,6}(?<earlier>${NUMBER})[^\\d]{1,24}${THIS_TIME_EN}[^\\d\\n]{0,6}(?<now>${NUMBER})`,
  `${THIS_TIME_EN}[^\\d\\n]{0,6}(?<now>${NUMBER})[^\\d]{1,24}${OTHER_TIME_EN}[^\\d\\n]{0,6}(?<earlier>${NUMBER})`,
].map((pattern) => new RegExp(pattern, "dg"));
/** Asked first: few mails do, and the patterns above take their time. */
const SPEAKS_OF_TIMES = new RegExp(`${OTHER_TIME}|${OTHER_TIME_EN}`);
const BOTH = /両方|両者|どちらも|[二2](?:件|つ|点)?とも|(?<![A-Z])BOTH(?![A-Z])/;

export interface Times {
  readonly earlier: string;
  readonly now: string;
  /** Of the one of this time. */
  readonly index: number;
}

/** 前回は679、今回は678: pairs of which the mail is about the second, unless it asks for the first. */
export function earlierIn(text: string): Times[] {
  if (!SPEAKS_OF_TIMES.test(text)) return [];
  return TIMES.flatMap((pattern) =>
    matchesOf(text, pattern).map(({ groups, indices, index }) => ({
      earlier: groups?.["earlier"] ?? "",
      now: groups?.["now"] ?? "",
      index: indices?.groups?.["now"]?.[0] ?? index,
    })),
  );
}
