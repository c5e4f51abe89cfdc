// Free text cut into sentences, folded so that the rules about wishes and amounts see one spelling.

const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/きゃんせる/g, "キャンセル"],
  // The verb keeps its し: 取り消して is read as キャンセルして is.
  [/取り?消(?=[すせさ]|し[てたまな])|(?:取りけ|とりけ)(?=し[てたまな])/g, "取消"],
  [/取り?消し(?![てたまな])|取りけし|とりけし/g, "取消"],
  [/払い?戻し?|はらいもどし|リファンド|へんきん/g, "返金"],
  [/出来/g, "でき"],
  [/頂/g, "いただ"],
  [/下さ/g, "くださ"],
  [/欲し/g, "ほし"],
  [/致/g, "いた"],
  [/貰/g, "もら"],
  [/[’‘]/g, "'"],
];

function fold(text: string): string {
  return SPELLINGS.reduce(
    (folded, [spelling, one]) => folded.replace(spelling, one),
    text.normalize("NFKC").toLowerCase(),
  );
}

/** A line that the writer's mail client, not the writer, has ended. */
function isWrapped(line: string): boolean {
  if (/^[^:]{1,16}:/.test(line) || /[。!?]$/.test(line)) return false;
  return /[をのがはにでとて、,]$/.test(line) || line.length >= 20;
}

function joinWrapped(text: string): string {
  let joined = "";
  let previous = "";
  for (const line of text.split("\n").map((one) => one.trim())) {
    const isGlued = previous !== "" && line !== "" && isWrapped(previous);
    const gap = /[a-z0-9.,]$/.test(previous) || /^[a-z]/.test(line) ? " " : "";
    joined += isGlued ? gap + line : `\n${line}`;
    previous = line;
  }
  return joined;
}

export function sentencesOf(text: string): string[] {
  return joinWrapped(fold(text))
    .split(/(?<=[。!?])|\n|(?<=[a-z0-9)]\.)\s+/)
    .map((sentence) => sentence.replace(/\s+/g, " ").trim())
    .filter((sentence) => sentence !== "");
}
