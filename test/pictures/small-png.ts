// A screenshot made small: a picture of text has few colours, and Chromium writes all 16 million.

import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const TRUECOLOUR: Readonly<Record<number, number>> = { 2: 3, 6: 4 };
const PALETTE = 3;

/** With the `colours` most used ones; each other becomes the nearest of these. */
export function smallPng(png: Buffer, colours: number): Buffer {
  const { width, height, pixels } = readPng(png);
  const palette = mostUsed(pixels, colours);
  const nearest = new Map<number, number>();
  const rows = Buffer.alloc((width + 1) * height);
  for (const [at, colour] of pixels.entries()) {
    const index = nearest.get(colour) ?? nearestOf(palette, colour);
    nearest.set(colour, index);
    rows[at + Math.floor(at / width) + 1] = index;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, PALETTE], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.flatMap(channels))),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

interface Picture {
  readonly width: number;
  readonly height: number;
  /** 0xRRGGBB, row by row. */
  readonly pixels: Uint32Array;
}

/** Reads what Chromium writes: eight bits a channel, not interlaced, opaque. */
function readPng(png: Buffer): Picture {
  const parts = [...chunks(png)];
  const header = parts.find(({ name }) => name === "IHDR")?.data ?? Buffer.alloc(13);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const size = TRUECOLOUR[header[9] ?? 0];
  if (header[8] !== 8 || size === undefined) throw new Error("not a screenshot of Chromium");
  const data = parts.filter(({ name }) => name === "IDAT").map((part) => part.data);
  const bytes = unfiltered(inflateSync(Buffer.concat(data)), width * size, size);
  const pixels = new Uint32Array(width * height);
  for (const at of pixels.keys()) pixels[at] = bytes.readUIntBE(at * size, 3);
  return { width, height, pixels };
}

function* chunks(png: Buffer): Generator<{ name: string; data: Buffer }> {
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    yield {
      name: png.toString("latin1", at + 4, at + 8),
      data: png.subarray(at + 8, at + 8 + length),
    };
    at += length + 12;
  }
}

/** Each byte is written as the difference from a guess, made from the ones left of and above it. */
function unfiltered(rows: Buffer, rowBytes: number, size: number): Buffer {
  const bytes = Buffer.alloc(rows.length - rows.length / (rowBytes + 1));
  for (const at of bytes.keys()) {
    const [row, column] = [Math.floor(at / rowBytes), at % rowBytes];
    const isFirst = column < size;
    const left = isFirst ? 0 : (bytes[at - size] ?? 0);
    const above = bytes[at - rowBytes] ?? 0;
    const corner = isFirst ? 0 : (bytes[at - rowBytes - size] ?? 0);
    const filter = rows[row * (rowBytes + 1)] ?? 0;
    const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter] ?? 0;
    bytes[at] = (rows[row * (rowBytes + 1) + 1 + column] ?? 0) + guess;
  }
  return bytes;
}

function paeth(left: number, above: number, corner: number): number {
  const [byLeft, byAbove] = [Math.abs(above - corner), Math.abs(left - corner)];
  const byCorner = Math.abs(left + above - 2 * corner);
  if (byLeft <= byAbove && byLeft <= byCorner) return left;
  return byAbove <= byCorner ? above : corner;
}

function mostUsed(pixels: Uint32Array, colours: number): number[] {
  const counts = new Map<number, number>();
  for (const colour of pixels) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const byCount = [...counts].sort(([, a], [, b]) => b - a);
  const palette = byCount.slice(0, colours).map(([colour]) => colour);
  return palette.sort((a, b) => a - b);
}

function channels(colour: number): [number, number, number] {
  return [colour >> 16, (colour >> 8) & 0xff, colour & 0xff];
}

function nearestOf(palette: readonly number[], colour: number): number {
  const wanted = channels(colour);
  const distances = palette.map((entry) =>
    channels(entry).reduce((sum, part, at) => sum + (part - (wanted[at] ?? 0)) ** 2, 0),
  );
  return distances.indexOf(Math.min(...distances));
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
