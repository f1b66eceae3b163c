/** The picture of panels as SVG text: the same rows and marks as on the canvas. */

import type { Ink } from "../../model/color";
import { percent, short } from "../../model/format";
import { glyphPath } from "../../model/glyphs";
import { nameOf } from "../../model/histograms/describe";
import { position, ticks } from "../../model/scale";
import { escaped, fixed } from "../../plot/svgText";
import type { Mark } from "./marks";
import {
  DOT_RADIUS,
  END,
  isNoise,
  missingText,
  NAME_LEFT,
  signOf,
  ZERO_WIDTH,
  zeroLine,
} from "./paint";
import type { Row } from "./picture";
import type { Scene } from "./stage";

/** A panel to be drawn: its scene and the rows wanted, from top to bottom. */
export interface Sheet {
  readonly scene: Scene;
  readonly rows: readonly Row[];
  readonly sharedAxis: boolean;
}

/** Rows exported at most. */
export const MOST_ROWS = 500;

const SMALL_END = 'text-anchor="end" font-size="10"';
const MARGIN = 16;
const LINE = 16;

/** Panels side by side in one document. */
export function svg(sheets: readonly Sheet[], ink: Ink): string {
  let x = MARGIN;
  let tallest = 0;
  const parts: string[] = [];
  const hatched = new Set<string>();
  for (const sheet of sheets) {
    const { text, height } = panel(sheet, ink);
    parts.push(`<g transform="translate(${x} ${MARGIN})">${text}</g>`);
    x += sheet.scene.frame.width + MARGIN;
    tallest = Math.max(tallest, height);
    for (const { place, colour } of sheet.scene.data.subjects)
      if (place === "B") hatched.add(colour);
  }
  const [width, height] = [x, tallest + 2 * MARGIN];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11">`,
    `<defs>${[...hatched].map(hatch).join("")}</defs>`,
    `<rect width="100%" height="100%" fill="${ink.background}"/>`,
    ...parts,
    "</svg>",
  ].join("\n");
}

const hatchId = (colour: string) => `hatch-${colour.slice(1)}`;

const hatch = (colour: string): string =>
  `<pattern id="${hatchId(colour)}" width="4" height="4" patternUnits="userSpaceOnUse"><path d="M-1 5L5 -1M-5 5L1 -1M3 5L9 -1" stroke="${colour}" stroke-width="1.4"/></pattern>`;

function panel({ scene, rows, sharedAxis }: Sheet, ink: Ink): { text: string; height: number } {
  const { data, frame, layout } = scene;
  const total = layout.pinned.length + layout.body.length;
  const cut =
    rows.length < total ? ` · ${rows.length} of ${total} units shown` : ` · ${total} units`;
  const heads = [
    label(0, LINE, `${data.layer} (${data.type})${cut}`, ink.text, 'font-weight="600"'),
    ...data.subjects.map((subject, index) => {
      const y = LINE * (index + 2);
      const words = `${nameOf(subject)}, n ${subject.found.inputs}, ${subject.found.run || "."}, step ${subject.found.step}`;
      return `<rect x="0" y="${y - 9}" width="10" height="10" ${paint(subject.colour, subject.place === "B")} stroke="${subject.colour}"/>${label(16, y, words, ink.text)}`;
    }),
  ];
  const marks = new Map(data.instances.map(({ mark, name }) => [mark.number, { mark, name }]));
  for (const { mark, name } of marks.values()) {
    const y = LINE * (heads.length + 1);
    heads.push(
      `<path d="${glyphPath(mark.glyph, 5, y - 4, DOT_RADIUS)}" fill="${mark.colour}"/>`.concat(
        label(16, y, `${mark.number} ${name}`, ink.text),
      ),
    );
  }
  let top = LINE * (heads.length + 1) + 4;
  const scale = rows[0]?.scale;
  if (sharedAxis && scale) {
    const labels = ticks(scale).map((value) =>
      label(position(scale, value), top, short(value), ink.faint, 'text-anchor="middle"'),
    );
    for (const one of labels) heads.push(one);
  }
  if (data.divergence) {
    const right = frame.width - frame.columns;
    for (const [x, words] of [
      [46, "R"],
      [96, "W₁"],
    ] as const) {
      heads.push(label(right + frame.key + x, top, words, ink.faint, 'text-anchor="end"'));
    }
  }
  top += 6;
  const drawn = rows.map((row) => {
    const text = `<g transform="translate(0 ${top})">${rowText(row, scene, ink)}</g>`;
    top += row.height;
    return text;
  });
  const clip = `<clipPath id="plot-${frame.width}"><rect x="${frame.label}" y="0" width="${frame.width - frame.columns - frame.label}" height="100"/></clipPath>`;
  return { text: [clip, ...heads, ...drawn].join("\n"), height: top };
}

function rowText(
  { label: unit, name: called, marked, height, scale, marks, columns, key, ends }: Row,
  { frame }: Scene,
  ink: Ink,
): string {
  const middle = height / 2 + 4;
  const zero = zeroLine(scale);
  const right = frame.width - frame.columns;
  const tone = columns && !columns.telling ? ink.faint : ink.text;
  const name = isNoise(columns) ? ink.faint : ink.text;
  return [
    zero === null ? "" : `<path d="M${fixed(zero)} 0V${height}" stroke="${ink.line}"/>`,
    `<path d="M0 ${height}H${frame.width}" stroke="${ink.line}" stroke-width=".5"/>`,
    label(frame.label - 20, middle, unit, name, 'text-anchor="end"'),
    called === null ? "" : label(NAME_LEFT, middle, called, name),
    marked ? label(frame.label - 5, middle, "★", ink.accent, 'text-anchor="end"') : "",
    `<g clip-path="url(#plot-${frame.width})">${marks.map((mark) => markText(mark, ink)).join("")}</g>`,
    ends ? label(frame.label + END - 2, middle, ends[0], ink.faint, SMALL_END) : "",
    ends ? label(right - END + 2, middle, ends[1], ink.faint, 'font-size="10"') : "",
    key === null ? "" : label(right + frame.key - 8, middle, key, ink.text, 'text-anchor="end"'),
    columns ? label(right + frame.key + 46, middle, columns.ratio, tone, 'text-anchor="end"') : "",
    columns
      ? label(right + frame.key + 96, middle, columns.distance, tone, 'text-anchor="end"')
      : "",
  ].join("");
}

const label = (x: number, y: number, text: string, colour: string, more = ""): string =>
  `<text x="${fixed(x)}" y="${fixed(y)}" fill="${colour}" ${more}>${escaped(text)}</text>`;

const paint = (colour: string, hatched: boolean): string =>
  `fill="${hatched ? `url(#${hatchId(colour)})` : colour}"`;

const rect = (x: number, y: number, width: number, height: number, more: string): string =>
  `<rect x="${fixed(x)}" y="${fixed(y)}" width="${fixed(width)}" height="${fixed(height)}" ${more}/>`;

function markText(mark: Mark, ink: Ink): string {
  switch (mark.kind) {
    case "bar": {
      const look = `${paint(mark.colour, mark.hatched)} opacity="${fixed(mark.opacity)}" style="mix-blend-mode:${ink.blend}"`;
      const bar = rect(mark.x, mark.y, mark.width, mark.height, look);
      const sign = signOf(mark);
      return sign ? `${bar}<path d="${sign}" stroke="${mark.colour}"/>` : bar;
    }
    case "zero": {
      const look = mark.hatched ? `fill="none" stroke="${mark.colour}"` : `fill="${mark.colour}"`;
      return rect(mark.x - ZERO_WIDTH / 2, mark.y, ZERO_WIDTH, mark.height, look);
    }
    case "stripe":
      return rect(mark.x, mark.y, 3, mark.height, `fill="${mark.colour}"`);
    case "arrow": {
      const inwards = mark.side === "under" ? 1 : -1;
      const middle = mark.y + mark.height / 2;
      const anchor = `text-anchor="${mark.side === "under" ? "start" : "end"}" font-size="9"`;
      const head = `M${fixed(mark.x)} ${fixed(middle)}l${5 * inwards} -4v8Z`;
      return `<path d="${head}" fill="${mark.colour}"/>${label(mark.x + 7 * inwards, middle + 3, percent(mark.share), mark.colour, anchor)}`;
    }
    case "missing": {
      const y = mark.y + mark.height / 2 + 3;
      return label(mark.x, y, missingText(mark), mark.colour, 'text-anchor="end" font-size="9"');
    }
    case "dot": {
      const { colour, glyph } = mark.mark;
      const line = `<path d="M${fixed(mark.x)} ${fixed(mark.top)}V${fixed(mark.bottom)}" stroke="${colour}" opacity=".55"/>`;
      const look = mark.hollow
        ? `fill="${ink.background}" stroke="${colour}" stroke-width="1.8"`
        : `fill="${colour}" stroke="${ink.background}"`;
      return `${line}<path d="${glyphPath(glyph, mark.x, mark.y, DOT_RADIUS)}" ${look}/>`;
    }
  }
}
