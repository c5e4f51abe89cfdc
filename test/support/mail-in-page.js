// What is wrong with a mail as Chromium shows it. This file is sent into the page (browser.ts), which
// holds the mail and nothing else; the mail's own scripts never run.

const CONTRAST_MIN = 4.5;
const TAP_MIN = 44;
/** Of one kind on one page: the first say enough. */
const NAMED = 3;

/** A preheader is in the page and nobody sees it: cut off by a box without size. */
function isCutOff(element) {
  for (let box = element; box !== null; box = box.parentElement) {
    const { width, height } = box.getBoundingClientRect();
    if (getComputedStyle(box).overflow !== "visible" && (width < 1 || height < 1)) return true;
  }
  return false;
}

function isVisible(element) {
  return (
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    !isCutOff(element)
  );
}

function visibleTexts() {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    if (node.data.trim() !== "" && isVisible(node.parentElement)) found.push(node);
  }
  return found;
}

function brief(text) {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 40 ? `${line.slice(0, 40)}…` : line;
}

function nameOf(element) {
  return `<${element.localName}> "${brief(element.textContent)}"`;
}

// ---- width

function overflowFaults(width) {
  const page = document.documentElement.scrollWidth;
  const faults = page > width ? [`the page is ${page} px wide`] : [];
  const wide = [...document.body.querySelectorAll("*")].filter((element) => {
    if (!isVisible(element)) return false;
    const { left, right } = element.getBoundingClientRect();
    const spills =
      getComputedStyle(element).display !== "inline" &&
      element.scrollWidth > element.clientWidth + 1;
    return left < -0.5 || right > width + 0.5 || spills;
  });
  return [...faults, ...wide.slice(0, NAMED).map((element) => `too wide: ${nameOf(element)}`)];
}

// ---- colours

const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

/** Any notation of CSS, as Chromium itself reads it. */
function channels(colour) {
  brush.clearRect(0, 0, 1, 1);
  brush.fillStyle = colour;
  brush.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = brush.getImageData(0, 0, 1, 1).data;
  return { parts: [red, green, blue], alpha: alpha / 255 };
}

function mixed(below, above, share) {
  return below.map((part, at) => part * (1 - share) + above[at] * share);
}

/** What the page itself is painted with: black on white or the reverse, as color-scheme says. */
function canvasColour() {
  const probe = document.createElement("div");
  probe.style.backgroundColor = "Canvas";
  document.documentElement.append(probe);
  const { parts } = channels(getComputedStyle(probe).backgroundColor);
  probe.remove();
  return parts;
}

/** The colour seen where `parts` is painted inside the innermost of `boxes`; null: nothing is. */
function seen(boxes, below, ink) {
  const [box, ...inner] = boxes;
  if (box === undefined) return ink === null ? below : mixed(below, ink.parts, ink.alpha);
  const style = getComputedStyle(box);
  const own = channels(style.backgroundColor);
  const filled = mixed(below, own.parts, own.alpha);
  return mixed(below, seen(inner, filled, ink), Number(style.opacity));
}

function luminance(parts) {
  const [red, green, blue] = parts.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function contrastFaults(texts) {
  const canvas = canvasColour();
  const faults = [];
  for (const text of texts) {
    const boxes = [];
    for (let box = text.parentElement; box !== null; box = box.parentElement) boxes.unshift(box);
    if (boxes.some((box) => getComputedStyle(box).backgroundImage !== "none")) {
      faults.push(`text stands on a picture, where no contrast is sure: "${brief(text.data)}"`);
      continue;
    }
    const ink = channels(getComputedStyle(text.parentElement).color);
    const ratio = contrast(seen(boxes, canvas, ink), seen(boxes, canvas, null));
    if (ratio < CONTRAST_MIN) faults.push(`contrast ${ratio.toFixed(2)}: "${brief(text.data)}"`);
  }
  return faults.slice(0, NAMED);
}

// ---- fingers

/** A link that writes a mail is one, and so is whatever is painted like one. */
function isButton(link) {
  const style = getComputedStyle(link);
  const isPainted = channels(style.backgroundColor).alpha > 0 || style.borderTopWidth !== "0px";
  return /^mailto:.*\?/i.test(link.href) || isPainted || style.display !== "inline";
}

function tapFaults() {
  return [...document.links]
    .filter((link) => isVisible(link) && isButton(link))
    .flatMap((link) => {
      const { width, height } = link.getBoundingClientRect();
      const isSmall = height < TAP_MIN || width < TAP_MIN;
      return isSmall ? [`${width.toFixed(0)} × ${height.toFixed(0)} px: ${nameOf(link)}`] : [];
    });
}

// ---- the first screen

function escaped(words) {
  return words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function blockOf(text) {
  let block = text.parentElement;
  while (getComputedStyle(block).display === "inline") block = block.parentElement;
  return block;
}

/** Whether a person reads on from one text to the next, as from a small "¥" to a large figure. */
function isOneLine(text, next) {
  if (blockOf(text) !== blockOf(next)) return false;
  const between = document.createRange();
  between.setStartAfter(text);
  between.setEndBefore(next);
  return between.cloneContents().querySelector("br") === null;
}

/** The places of `words` in the page: "R-12" is not found in "R-123". */
function placesOf(words, texts) {
  const starts = [];
  let all = "";
  for (const [nth, text] of texts.entries()) {
    if (nth > 0 && !isOneLine(texts[nth - 1], text)) all += "\n";
    starts.push(all.length);
    all += text.data;
  }
  const at = (index) => starts.findLastIndex((start) => start <= index);
  return [...all.matchAll(new RegExp(`(?<!\\d)${escaped(words)}(?!\\d)`, "g"))].map(({ index }) => {
    const [first, last] = [at(index), at(index + words.length - 1)];
    const range = document.createRange();
    range.setStart(texts[first], index - starts[first]);
    range.setEnd(texts[last], index + words.length - starts[last]);
    return range;
  });
}

/** An amount that goes on in the next line is read wrong. */
function isBroken(range) {
  const lines = [...range.getClientRects()];
  const middles = lines.map(({ top, bottom }) => (top + bottom) / 2);
  const tallest = Math.max(...lines.map(({ height }) => height));
  return Math.max(...middles) - Math.min(...middles) > tallest / 2;
}

function firstScreenFaults(wanted, texts, height) {
  return wanted.flatMap((words) => {
    const places = placesOf(words, texts).map((range) => ({
      isWhole: !isBroken(range),
      bottom: range.getBoundingClientRect().bottom,
    }));
    if (places.some(({ isWhole, bottom }) => isWhole && bottom <= height)) return [];
    const where = places
      .map(({ isWhole, bottom }) => `${bottom.toFixed(0)} px down${isWhole ? "" : ", broken"}`)
      .join("; ");
    return [`not on the first screen: "${words}" (${where || "nowhere"})`];
  });
}

// ---- the rest

function languageFaults(locale) {
  const { lang } = document.documentElement;
  return lang === locale ? [] : [`the language is "${lang}", not "${locale}"`];
}

function resourceFaults() {
  const fetching = "[src],[srcset],[background],[poster],object[data],link[href]";
  return [...document.querySelectorAll(fetching)]
    .flatMap((element) =>
      ["src", "srcset", "background", "poster", "data", "href"].map((name) => [
        element,
        element.getAttribute(name) ?? "",
      ]),
    )
    .filter(([, address]) => address !== "" && !/^(?:data|cid):/i.test(address))
    .map(([element, address]) => `<${element.localName}> wants ${address}`);
}

/** `screen`: width and height in CSS px, and the words that must stand on it without scrolling. */
export function faultsOf({ locale, screen, wanted }) {
  const texts = visibleTexts();
  return [
    ...(texts.length === 0 ? ["there is nothing to read"] : []),
    ...overflowFaults(screen.width),
    ...contrastFaults(texts),
    ...tapFaults(),
    ...firstScreenFaults(wanted, texts, screen.height),
    ...languageFaults(locale),
    ...resourceFaults(),
  ];
}
