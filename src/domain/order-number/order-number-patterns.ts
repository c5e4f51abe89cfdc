// The words that say "this is an order number", with their slips of the hand, and what people write
// between such a word and the number.

/** 番号, also as mistyped: 晩号, 番後, ばんご. */
const NUMBER_WORD =
  "(?:管理)?(?:番号|番號|[晩蕃版]号|番[後合語]|ばんごう?|バンゴウ?|ナンバー|コード|NUMBER|NR(?![A-Z])\\.?|NO(?![A-Z])\\.?|ID(?![A-Z])|#)";
const ORDER_WORD =
  "(?:ご|御|お)?(?:注[文問分門]|註文|受注|発注|購入|(?<=お)買い?上げ?|オーダー|おーだー|ちゅうもん|チュウモン)";
/** "number" with a letter lost, doubled or swapped. */
const NUMBER_EN =
  "N[A-Z]{0,2}[MU][A-Z]{0,3}RS?(?![A-Z])|NUM(?![A-Z])\\.?|N[OR]S?(?![A-Z])\\.?|ID(?![A-Z])|REF(?:ERENCE)?(?![A-Z])\\.?|CODE|#";
const ORDER_EN = "(?<![A-Z])(?:ORDERS?|ODERS?|ORDRE?S?|OREDERS?|PURCHASE)";
export const STRONG = `${ORDER_WORD}[ \\t]{0,3}の?${NUMBER_WORD}|${ORDER_EN}(?:\\s{0,3}|, ?| ?\\(| WITH (?:THE )?)(?:${NUMBER_EN})|(?<![A-Z])CH[UY]{1,3}MON[ -]?BANGO?U?`;
export const WEAK =
  "(?:ご|御|お)?(?:注文|註文|発注|オーダー|おーだー|ちゅうもん|チュウモン)分?|(?<![A-Z])(?:ORDERS?|ODERS?|ORDRES?)(?![A-Z])";

const BLANKS = "\\s{0,3}";
const NOTE =
  "(?:\\((?:(?:記入|入力)?例|E\\.?G\\.?|EX[.:]|FOR EXAMPLE)[^()\\n]{0,30}\\)|\\([^()\\d\\n]{0,40}\\)|\\[[^\\[\\]\\d\\n]{0,40}\\])?"; // （半角）
const CLOSING = "[?)」』】\\]>*]{0,3}"; // 【注文番号】, [ 注文番号 ]
const COPULA = "(?:[:=]|[はがの]|(?:IS|WAS|ARE)(?![A-Z]))?";
const LEADERS = "[\\s:、,.・_|?→⇒↓>-]{0,6}";
const DOUBT =
  "(?:たしか|確か|多分|たぶん|恐らく|おそらく|PROBABLY|MAYBE|I THINK(?: IT'S| IT IS)?)?";
const OPENING = "[(「『【\\[\"'<]{0,2}";
const PREFIX = "(?:第|NO(?![A-Z])\\.?|#)?";
/** 678ではなく679 · 678じゃなくて、えー、679 */
export const DENIED =
  "(?:[A-Z0-9〇○-]{1,40} ?番?(?:では|じゃ|で)な(?:くて?|いです)[、。 ]{0,2}(?:[あえう][ーっ]{1,2}と?|その|正しくは)?[、 ]{0,2})?";
/** What may stand between a word for "order number" and the number. */
export const GAP = `${BLANKS}${NOTE}${BLANKS}${CLOSING}${COPULA}${LEADERS}${NOTE}${DOUBT}${BLANKS}${OPENING}${BLANKS}${PREFIX}${BLANKS}${DENIED}`;
/** Less after 「注文」 alone, and no end of line. */
export const WEAK_GAP = `[ \\t]{0,4}(?:[:_-]|→|⇒|[-=]>|[はがの、](?!\\d{1,2}月)|IS(?![A-Z]))?[ \\t]{0,3}${OPENING}[ \\t]{0,2}${PREFIX}[ \\t]{0,3}${DENIED}`;

const JOINT =
  "(?:[、,/・&+;]|と|及び|および|並びに|ならびに|や|か|または|又は|それと|それから|あと|(?:AND|OR|ALSO|PLUS)(?![A-Z]))";
/** What follows a listed number, before the next one: `と`, `、あと`, ` and order`. */
export const LIST_JOINT = `[)」』】\\]"'>]{0,2}(?:号|番)?(?:の(?:ご|御|お)?注文)?(?:\\s{0,3}${JOINT}){1,3}\\s{0,3}(?:${STRONG}|${WEAK})?\\s{0,2}:?\\s{0,2}[「『(【\\[]?(?:第|NO\\.?|#|:)?\\s{0,2}`;
/** A line of its own in a list: `・679`, `2) 679`. */
export const LINE_START =
  "[ \\t]{0,2}[・*•●■◆、-]{0,2}[ \\t]{0,2}(?:\\d[.)][ \\t]{1,2})?(?:#|NO\\.?)?[ \\t]?";
