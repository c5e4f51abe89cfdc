// English puts mood words before their object: "please | cancel", "can I | cancel", "you | cancelled".
// Many who write it to a Japanese shop learnt it late: "I want cancel", "please to refund".

import { firstMatches, type Mood, type Statement, type Topic } from "./statement.ts";

const MONEY =
  "(?:money|payment|yen|jpy|cash|amount|price|fee|fees|cost|costs|charge|charges|¥ ?[\\d,]+|[\\d,]+ ?¥|[\\d,]+ ?円)";

const TOPICS: readonly { readonly topic: Topic; readonly words: RegExp }[] = [
  {
    topic: "cancel",
    words:
      /\bcancell?able\b|\bcancel(?:led|l?ing|s)?\b|\bcancellation\b|\bcall (?:it|this|the order) off\b/g,
  },
  {
    topic: "refund",
    words:
      /(?<!non[- ]?)\brefundable\b|\brefund(?:ed|ing|s)?\b|\breimburse(?:d|ment)?\b|\b(?:revert|reverse|void) (?:the|my|one|this)\b[^.?!]{0,20}\b(?:charge|payment|transaction)|\bcharge ?back\b/g,
  },
  {
    topic: "refund",
    words:
      /(?<=\b(?:want|need|give me|demand|return|send me|have|prefer|like) (?:back )?)(?:all )?my (?:full )?(?:money|payment|cash)\b/g,
  },
  // my money back · give back my money · return the 1,500 yen
  {
    topic: "refund",
    words: new RegExp(`\\b${MONEY}[^.?!]{0,24}\\b(?:back|return(?:ed)?)\\b`, "g"),
  },
  {
    topic: "refund",
    words: new RegExp(
      `\\b(?:give|send|pay|transfer|get|have)(?: me| us)? back\\b[^.?!]{0,24}${MONEY}|\\breturn(?:ing)?\\b(?:(?!item|goods|product|parcel|package|book|shoe)[^.?!]){0,24}\\b${MONEY}`,
      "g",
    ),
  },
  {
    topic: "return",
    words:
      /\breturn (?:it|them|this|these|the (?:item|goods|product|order|shoes|dress|bag|parcel)s?)(?= (?:and|for)\b)/g,
  },
];

/** Between here and the topic word the mood stands. */
const CLAUSE_BREAK =
  /[,;:]| - |\bbut\b|\bbecause\b|\bso (?=i\b|we\b|please\b|can\b|could\b|cancel\b|refund\b)|\band (?=i\b|we\b|my\b|the\b|now\b|please\b|then\b)|\botherwise\b/g;

const BEFORE: readonly (readonly [Mood, RegExp])[] = [
  [
    "takenBack",
    /\b(?:withdraw|retract|disregard|ignore|revoke|forget(?: about)?|nevermind|never mind|scrap|take back|undo|stop|drop|cancel(?= (?:the|my|our|this|that|previous|earlier|last) ))(?:ing|led|d)? (?:the |my |our |this |that |about |previous |earlier |last |old |any )*(?:(?:e-?mail|mail|message|request(?:ed)?|ask|wish)(?: \w+){0,2} )?(?:for |of |to |about )?(?:an? |the |my )?(?:full |order )?$/,
  ],
  [
    "denied",
    /\b(?:do not|don't|didn't|doesn't|not|never|no longer|without|instead of|rather than)(?: (?!only|just|please|receiv|got|been|get|yet|arriv|sen[dt]|ship|come|came|work|it |fit)[a-z']+){0,3} $|\bno (?:need (?:for |to |of )?|longer |more )?(?:an? |the |any |my )?$/,
  ],
  [
    "reported",
    /\b(?:i|we|have|had|'ve|already)(?: have| had| already)? (?:asked|requested|applied|emailed|wrote|written)(?: you)?(?: (?:for|to|about))?(?: (?:an?|the|my|full|order))* $/,
  ],
  [
    "supposed",
    /(?<!\b(?:ok|okay|it|great|nice|glad|grateful|possible|mind) )\b(?:if|in case|when|unless|whenever|before) (?:you (?!can|could|please|don't mind|are able|have not|haven't|allow)|one |a customer |customers |the customer |someone )[^.?!]{0,70}$|\b(?:if|in case) (?:i|we) (?:buy|order|purchase|don't like)[a-z' ]{0,40}$/,
  ],
  [
    "wish",
    /\byou (?:should|must|ought to|have to|need to|better) (?:\w+ )?$|\b(?:fair|think|suggest|propose|ask|asking|demand|insist|best|want|like|need|expect|request|hope|prefer|wish)(?: that| for)? you (?:to |can |will |could )?$|\b(?:ok|okay|appreciate it|great|nice|grateful|glad|mind|wonder\w*) if you (?:\w+ ){0,2}$|\b(?:can|could|would|will|may) (?:you|u|someone|anyone|somebody)\b[^?]{0,60}$|\b(?:can|could|may|might) (?:i|we) (?:\w+ )?please\b[^?]{0,40}$|\bwonder\w*\b[^?]{0,24}\b(?:have|you)\b[^?]{0,16}$|\bplease\b(?!.*\b(?:tell|explain|confirm|advise|check|let me know|inform)\b)[^?]{0,60}$/,
  ],
  [
    "question",
    /\b(?:can|could|may|might|would|will|should|do|does|am|are|is|was) (?:i|we|it|this|that|my|the|there|these|our)\b[^.]{0,60}$|\b(?:possible|too late|able|eligible|entitled|allowed|permitted|any way|any chance|deadline)\b[^.]{0,40}$|\bhow (?:do|can|could|to|should|would|long|is)\b[^.]{0,40}$|\b(?:if|whether) (?:i|we|it|my|this|the)\b[^.]{0,40}$|(?<!you |we )\b(?:can|possible) (?:still |to )?$|\bis (?:a |the )?$|\b(?:know|what is|what's|tell me|explain|about)\b[^.]{0,24}$/,
  ],
  [
    "unable",
    /\b(?:can't|couldn't|unable to|not able to|failed to|no way to|impossible to)\b[^.]{0,20}$/,
  ],
  [
    "wish",
    /\b(?:either|kindly|want(?:s|ing)?|(?:would|'d|i|we) like|need|wish|require|request(?:ing|s)?|demand(?:ing)?|ask(?:ing)?|seek(?:ing)?|claim(?:ing)?|hope|hoping|expect(?:ing)?|deserve|insist|appreciate|prefer|decided|have to|must|gonna|going to|let me|let us|give me|issue|process|make|apply|looking for|due|entitled|rather|it'?s better|just|accept|i'?m|i am|we are|we're|happy with|glad)\b[^.?]{0,48}$/,
  ],
  [
    "offered",
    /\b(?:we|our team|the shop|shops|support|system) (?:will|can|shall|may|have|are|offer)\b[^.]{0,32}$|\b(?:your|a customer's|customer) (?:\w+ )?$|\b(?:free|easy|automatic|instant|claim) $/,
  ],
  [
    "done",
    /\b(?:was|were|been|is|has|have|had|already|you|they|thanks? (?:you )?for|received|got|getting|after|since|i|we|he|she)(?: (?:the|my|a|your|for|full|processing|this|that|been|already|quick|fast|prompt|just))* $/,
  ],
];

/** "Cancel order 678", "Refund, please!": nothing before it but a greeting. */
const BARE =
  /^(?:hi|hello|hey|dear|sir|madam|there|team|all|order|no|number|and|also|then|so|just|now|well|or|my|full|the|about|for|regarding|[a-z]{0,4}-?\d+|re|ok|okay|therefore|immediately|another|request|urgent|cancel|refund|!*)$/;
const OF_MINE =
  /^(?: and (?:refund|return))? (?:my|the|this|that|these|both|all|our|order|it|one|two|me|for|of|request|or (?:i|we)\b|[#\d])/;

function isBare(before: string): boolean {
  return before.split(/[ .:#]+/).every((word) => BARE.test(word));
}

/** "the total after that refund": a time, and no wish. */
const AS_TIME = /\b(?:after|before|since|until) (?:the|that|this|my|your|our) (?:full |partial )?$/;

/** Without a mood word before it: an imperative, or nothing. */
function moodAlone(topic: Topic, before: string, after: string): Mood | null {
  if (/\byou (?:can|may) $/.test(before) && /^ (?:it|my|this|the order|and)\b/.test(after)) {
    return "wish";
  }
  if (/^ ?(?:was|is|has|have|did|not|still)\b/.test(after)) return null;
  if (/\b(?:please|thanks|thank you|asap|immediately|now|requested|needed)\b/.test(after)) {
    return "wish";
  }
  if (!isBare(before)) return null;
  const isAll = OF_MINE.test(after) || /^[\s!.]*$/.test(after) || topic === "return";
  return isAll ? "wish" : null;
}

function moodOf(topic: Topic, word: string, before: string, after: string): Mood | null {
  // "want it cancelled", "to be refunded"; alone, a participle tells what has been done.
  if (AS_TIME.test(before)) return null;
  const isPast = /ed$/.test(word);
  const isPassive = /\b(?:be|get|got|it|order) (?:\w+ )?$/.test(before);
  // "the refund for the cup has already reached us"
  if (
    !isPast &&
    /^(?:(?!\b(?:never|not|as|because|since|but|until|when|if)\b|n't)[^.?!,;]){0,40}\b(?:(?:has|have)(?: already)? (?:reached|arrived|been (?:received|credited|paid)|come through|gone through)|turned up|showed up|appeared|arrived|landed|came (?:through|back|in))\b/.test(
      after,
    )
  ) {
    return "done";
  }
  const mood = BEFORE.find(
    ([one, rule]) => rule.test(before) && !(one === "question" && isPast && !isPassive),
  )?.[0];
  if (mood === "question" && /^[^?]{0,20}\bplease\b/.test(after)) return "wish";
  return mood ?? (isPast ? "done" : moodAlone(topic, before, after));
}

function clauseStart(sentence: string, at: number): number {
  let start = 0;
  for (const { index, 0: found } of sentence.matchAll(CLAUSE_BREAK)) {
    if (index + found.length > at) break;
    start = index + found.length;
  }
  return start;
}

/** Each topic has such a word; asked first, for the sentences in Japanese. */
const ENGLISH_WORD = /[a-z]{4}/;

/** Everything an English sentence says about the topics, in its order. */
export function englishStatements(sentence: string): Statement[] {
  if (!ENGLISH_WORD.test(sentence)) return [];
  return TOPICS.flatMap(({ topic, words }) =>
    firstMatches(sentence, words).flatMap((match) => {
      const [word] = match;
      const at = match.index + (word.length - word.trimStart().length);
      const end = match.index + word.length;
      const start = Math.max(clauseStart(sentence, at), at - 100);
      const mood = moodOf(topic, word, sentence.slice(start, at), sentence.slice(end, end + 60));
      if (mood === null) return [];
      const label = sentence
        .slice(Math.max(start, at - 24), end)
        .trim()
        .slice(-40);
      return [{ topic, mood, label, sentence, at }];
    }),
  ).sort((one, other) => one.at - other.at);
}
