// What a command may do with the stream it prints to: colours and a width on a terminal, neither in
// a file or a pipe. And the last guard against texts from outside that would steer a terminal.

import { inspect, styleText } from "node:util";

const STYLES = {
  heading: "bold",
  faint: "dim",
  /** A person is awaited. */
  waiting: "yellow",
  good: "green",
  bad: "red",
} as const;
export type Style = keyof typeof STYLES;

export interface Screen {
  /** null: no terminal, and nothing is cut. */
  readonly columns: number | null;
  readonly isColoured: boolean;
  paint(style: Style, text: string): string;
}

export const PLAIN_SCREEN: Screen = {
  columns: null,
  isColoured: false,
  paint: (_style, text) => text,
};

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** Of Node's terminals: heeds NO_COLOR, FORCE_COLOR and TERM. */
  hasColors?(): boolean;
}

/** Colours only on a terminal, whatever the environment says. */
export function screenOf(stream: Stream): Screen {
  if (stream.isTTY !== true) return PLAIN_SCREEN;
  // A terminal that does not know its width says 0.
  const columns = stream.columns || 80;
  if (stream.hasColors?.() !== true) return { ...PLAIN_SCREEN, columns };
  // The stream has been asked already; asked by styleText it would always be stdout.
  const options = { validateStream: false };
  return {
    columns,
    isColoured: true,
    paint: (style, text) => styleText(STYLES[style], text, options),
  };
}

const ESCAPE = "\u001b";
/** Controls but the tab and the line's end; and marks that turn the direction of what follows. */
const STEERING = /(?![\t\n])[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
/** What `paint` writes, and nothing else that a terminal knows. */
const COLOUR = new RegExp(
  `^${ESCAPE}\\[(?:${Object.values(STYLES)
    .flatMap((style) => inspect.colors[style] ?? [])
    .join("|")})m`,
);

/**
 * Signs that would steer a terminal as the code they are ("\u001b"), which JSON reads as the same
 * sign. `screen` keeps the colours that are its own: a text from outside is made harmless without
 * it, before it stands in a line.
 */
export function harmless(text: string, screen: Screen = PLAIN_SCREEN): string {
  return text.replace(STEERING, (sign, at: number) =>
    screen.isColoured && COLOUR.test(text.slice(at, at + 5)) ? sign : codeOf(sign),
  );
}

function codeOf(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** A text from outside on one line, and harmless. */
export function oneLine(text: string): string {
  return harmless(text.replace(/\s+/g, " ").trim());
}
