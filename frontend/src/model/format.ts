/** Numbers as people read them. */

/** Below this many inputs a subset is marked "few". */
export const FEW = 20;

/** A number in at most `digits` significant digits, with a true minus sign. */
export function short(value: number | null, digits = 3): string {
  if (value === null || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const rounded = Number(value.toPrecision(digits));
  const size = Math.abs(rounded);
  const text =
    size !== 0 && (size >= 1e6 || size < 1e-4) ? rounded.toExponential() : String(rounded);
  return text.replaceAll("-", "−");
}

/** A radius in L∞ as `4/255` where it is that, else in three digits. */
export function pixelText(radius: number): string {
  const parts = 255 * radius;
  // the server rounds to four digits
  const isWhole = parts > 0.5 && Math.abs(parts - Math.round(parts)) < 1e-3 + 5e-4 * parts;
  return isWhole ? `${Math.round(parts)}/255` : short(radius);
}

/** A share in words of a few characters. */
export function percent(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return "–";
  const hundred = 100 * share;
  if (hundred > 0 && hundred < 0.1) return "<0.1 %";
  return `${hundred < 10 ? Number(hundred.toFixed(1)) : Math.round(hundred)} %`.replace("-", "−");
}

/** `, 95 % interval .79 to .87`; nothing where it is not known. */
export function rangeText(
  low: number | null | undefined,
  high: number | null | undefined,
  text: (value: number) => string,
): string {
  const ends = [low, high].filter((end) => end != null && Number.isFinite(end));
  return ends.length < 2 ? "" : `, 95 % interval ${ends.map((end) => text(end ?? 0)).join(" to ")}`;
}

/** By how many inputs units were matched, and from which correlation on. */
export const matchText = (instances: number | null, threshold: number | null): string =>
  instances === null || threshold === null
    ? ""
    : ` on ${instances.toLocaleString("en")} inputs, from ${short(threshold, 2)}`;

/** A share with as many digits as `inputs` support: `.9`, `.93`, `.934`. */
export function shareText(share: number | null, inputs: number): string {
  if (share === null || !Number.isFinite(share)) return "–";
  const digits = inputs >= 1000 ? 3 : inputs >= FEW ? 2 : 1;
  return share.toFixed(digits).replace(/^0/, "");
}

/** Rounded down, so that nothing below a threshold looks as if it reached it. */
export const ratioText = (ratio: number): string =>
  Number.isFinite(ratio)
    ? String(ratio >= 10 ? Math.floor(ratio) : Math.floor(10 * ratio) / 10)
    : "–";

/** Such as `1.2 MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power - 1]}`;
}
