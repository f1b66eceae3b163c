/** Parts of drawings as SVG text. */

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
