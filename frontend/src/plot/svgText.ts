/** Parts of drawings as SVG text. */

import type { Ink } from "../model/color";

export const escaped = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids them even when escaped
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

export const fixed = (value: number): string => String(Number(value.toFixed(2)));

export function words(x: number, y: number, text: string, colour: string, extra = ""): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}" fill="${colour}" ${extra}>${escaped(text)}</text>`;
}

export function stroke(
  [x1, y1]: readonly [number, number],
  [x2, y2]: readonly [number, number],
  colour: string,
  extra = "",
): string {
  return `<line x1="${fixed(x1)}" y1="${fixed(y1)}" x2="${fixed(x2)}" y2="${fixed(y2)}" stroke="${colour}" ${extra}/>`;
}

export function box(x: number, y: number, width: number, height: number, extra: string): string {
  return `<rect x="${fixed(x)}" y="${fixed(y)}" width="${fixed(width)}" height="${fixed(height)}" ${extra}/>`;
}

const LINE = 16;

/** Texts in lines of at most so many characters, broken between words; and where the next line stands. */
export function paragraphs(
  x: number,
  y: number,
  texts: readonly string[],
  colour: string,
  longest: number,
): { readonly text: string; readonly bottom: number } {
  const line = new RegExp(`.{1,${longest}}(?= |$)|[^ ]+`, "g");
  const lines = texts.flatMap((text) => text.match(line) ?? []);
  return {
    text: lines.map((one, at) => words(x, y + at * LINE, one.trim(), colour)).join(""),
    bottom: y + lines.length * LINE,
  };
}

/** A document over the background of the theme. */
export function documentOf(
  width: number,
  height: number,
  ink: Ink,
  parts: readonly string[],
): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${fixed(width)}" height="${fixed(height)}" viewBox="0 0 ${fixed(width)} ${fixed(height)}" font-family="system-ui, sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="${ink.background}"/>`,
    ...parts,
    "</svg>",
  ].join("\n");
}
