/** The only place that knows colours: one palette feeds markup, canvas and export. */

import type { Instance } from "../api/schema";
import { GLYPHS, type InstanceMark } from "./shown";

export type Theme = "light" | "dark";

/** Number of hues that can be told apart. */
export const HUES = 10;

/**
 * Chosen so that at every opacity at which they are drawn the first six are at least 12 apart (CIEDE2000) and
 * all at least 8, for people with protanopia, deuteranopia and tritanopia too; that none is the accent, the red
 * of attacked or the black (white) of benign instances; and that each contrasts 3 to 1 with the background. A
 * hue is the same in the dark.
 */
const PALETTE: Readonly<Record<Theme, readonly string[]>> = {
  light: [
    "#1a01b7",
    "#839e0e",
    "#ce7b8f",
    "#710141",
    "#6a6dff",
    "#453e00",
    "#743f41",
    "#4f9aca",
    "#9d8b56",
    "#174a96",
  ],
  dark: [
    "#7464fe",
    "#95fe46",
    "#fcc0c1",
    "#a06e80",
    "#baaefa",
    "#7e8a17",
    "#eb7674",
    "#0390b7",
    "#f6f2b6",
    "#c4e3ff",
  ],
};

/** Of all inputs, and of slices in turn. */
const NEUTRALS: Readonly<Record<Theme, readonly string[]>> = {
  light: ["#6c6e71", "#27292c", "#8f9296"],
  dark: ["#9d9fa2", "#e4e5e7", "#7d7f82"],
};

/** Number of what colours can be: a hue, else a neutral. */
export const COLOURS = HUES + NEUTRALS.light.length;

/** Least opacity at which hues still are as far apart as they must be. */
export const FAINTEST = 0.45;

const ATTACKED: Readonly<Record<Theme, string>> = { light: "#d50000", dark: "#ff5252" };
const BENIGN: Readonly<Record<Theme, string>> = { light: "#000000", dark: "#ffffff" };
const FURTHER: Readonly<Record<Theme, readonly string[]>> = {
  light: ["#00838f", "#ad1457", "#33691e", "#4527a0", "#bf360c", "#37474f"],
  dark: ["#4dd0e1", "#f48fb1", "#aed581", "#b39ddb", "#ffab91", "#b0bec5"],
};

/** Colours of what is not data; `faint` still contrasts 4.5 to 1 with the background. */
export interface Ink {
  readonly text: string;
  readonly faint: string;
  readonly line: string;
  readonly background: string;
  readonly accent: string;
  /** How overlapping colours mix so that their order does not matter. */
  readonly blend: "multiply" | "screen";
}

/** Colours of a signed difference: more, less, and what cannot be told from noise. */
export interface Diverging {
  readonly more: string;
  readonly less: string;
  readonly noise: string;
}

export const INK: Readonly<Record<Theme, Ink>> = {
  light: {
    text: "#202124",
    faint: "#6b6f76",
    line: "#e3e5e8",
    background: "#ffffff",
    accent: "#c24f00",
    blend: "multiply",
  },
  dark: {
    text: "#e8eaed",
    faint: "#a9adb3",
    line: "#4a4a4d",
    background: "#303030",
    accent: "#ff9e40",
    blend: "screen",
  },
};

/** Colour of how much a layer has of what layers are coloured by. */
export const SHADE: Readonly<Record<Theme, string>> = { light: "#00796b", dark: "#219184" };

export const DIVERGING: Readonly<Record<Theme, Diverging>> = {
  light: { more: "#b35806", less: "#542788", noise: "#9aa0a6" },
  dark: { more: "#fdb863", less: "#b2abd2", noise: "#80868b" },
};

/** Colour of a hue, or of a neutral from `HUES` on, as `#rrggbb`. */
export function hueColour(hue: number, theme: Theme): string {
  return hue < HUES ? cyclic(PALETTE[theme], hue) : cyclic(NEUTRALS[theme], hue - HUES);
}

/** The same for markup. */
export const hueVariable = (hue: number): string => `var(--hue-${hue})`;

/** Red, green and blue, 0 to 255, of `#rrggbb`. */
export function rgb(colour: string): readonly [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** From the colour of what does not matter to the one of what does, as `#rrggbb`; `share` is 0 to 1. */
export function ramp(share: number, theme: Theme): string {
  const [from, to] = [rgb(INK[theme].faint), rgb(INK[theme].accent)];
  const parts = from.map((part, at) => Math.round(part + ((to[at] ?? 0) - part) * share));
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

/**
 * How the chosen instances are marked: the first attacked one red, the first benign one black (white in
 * the dark), each further one in a colour and with a glyph of its own.
 */
export function instanceMarks(
  instances: readonly Instance[],
  chosen: readonly number[],
  theme: Theme,
): readonly InstanceMark[] {
  const isAttacked = (instance: number) => (instances[instance]?.pair ?? -1) >= 0;
  const attacked = chosen.find(isAttacked);
  const benign = chosen.find((instance) => !isAttacked(instance));
  let further = 0;
  return chosen.map((instance, position) => {
    const number = position + 1;
    if (instance === attacked)
      return { instance, colour: ATTACKED[theme], glyph: "circle", number };
    if (instance === benign) return { instance, colour: BENIGN[theme], glyph: "circle", number };
    const colour = cyclic(FURTHER[theme], further);
    const glyph = cyclic(GLYPHS.slice(1), further++);
    return { instance, colour, glyph, number };
  });
}

function cyclic<T>(values: readonly T[], index: number): T {
  const value = values[index % values.length];
  if (value === undefined) throw new Error(`no value ${index} in a list of ${values.length}`);
  return value;
}
