/** The picture of architectures as SVG text: the same nodes, lines and frames as on the page. */

import { INK, type Ink, SHADE, type Theme } from "../../model/color";
import { shortName } from "../../model/names";
import { largest } from "../../model/scale";
import { linePath } from "../../plot/chart";
import { escaped } from "../../plot/svgText";
import { HEIGHT, type Layout, layoutOf, WIDTH } from "./layout";
import { pathThrough } from "./lines";
import type { Shade } from "./options";
import type { Picture } from "./picture";
import type { LinkKind } from "./scene";
import { isNoise, marksOf, type Scale, SHADE_TEXTS, shareOf, type Told, valueText } from "./shade";
import type { Branch } from "./tree";
import { LINK_TEXTS, lineOf, parametersText, sizeOf, typeOf } from "./words";

const MARGIN = 16;
const LINE = 16;
/** Room that the pictures of two runs are laid out for. */
const ROOM = { width: 1100, height: 800 };
const DASHES: Readonly<Record<LinkKind, string>> = {
  weighted: "",
  passed: "6 3",
  unmeasured: "1 4",
  order: "2 5",
};
/** Most of the shade that a node's ground has. */
const MOST_SHADE = 0.6;

interface Drawing {
  readonly shade: Shade;
  readonly scale: Scale;
  readonly ink: Ink;
  readonly colour: string;
}

export function drawing(
  pictures: readonly Picture[],
  shade: Shade,
  scale: Scale,
  theme: Theme,
  notes: readonly string[],
): string {
  const input = { shade, scale, ink: INK[theme], colour: SHADE[theme] };
  let x = MARGIN;
  let tallest = 0;
  const parts = pictures.map((picture) => {
    const layout = layoutOf(picture.scene, ROOM);
    const { left, right, top, bottom } = layout.box;
    const place = `translate(${fixed(x - left)} ${fixed(MARGIN + 2 * LINE - top)})`;
    const title = `${picture.model.run}, step ${picture.moment.step}`;
    const head = text(x, MARGIN + 11, title, input.ink.text);
    x += Math.max(right - left, 6 * title.length) + 2 * MARGIN;
    tallest = Math.max(tallest, bottom - top);
    return `${head}<g transform="${place}">${sideText(picture, layout, input)}</g>`;
  });
  const kinds = new Set(
    pictures.flatMap(({ scene }) => scene.edges.flatMap((edge) => [...edge.kinds])),
  );
  const legend = [...legendLines(input, [...kinds]), ...notes];
  const [width, height] = [Math.max(720, x), tallest + 2 * MARGIN + (legend.length + 3) * LINE];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${fixed(width)}" height="${fixed(height)}" viewBox="0 0 ${fixed(width)} ${fixed(height)}" font-family="system-ui, sans-serif" font-size="11">`,
    arrow(input.ink),
    `<rect width="100%" height="100%" fill="${input.ink.background}"/>`,
    ...parts,
    ...legend.map((line, at) =>
      text(MARGIN, height - MARGIN - (legend.length - 1 - at) * LINE, line, input.ink.faint),
    ),
    "</svg>",
  ].join("\n");
}

function legendLines({ shade, scale }: Drawing, kinds: readonly LinkKind[]): readonly string[] {
  const lines = kinds.map(
    (kind) => `${DASHES[kind] ? `dashes ${DASHES[kind]}` : "solid"}: ${LINK_TEXTS[kind]}`,
  );
  if (shade === "none") return [lines.join("; ")];
  const marks = marksOf(scale).map((value) => valueText(shade, value));
  return [`Meter from ${marks[0]} to ${marks.at(-1)}: ${SHADE_TEXTS[shade]}.`, lines.join("; ")];
}

function sideText({ scene, told }: Picture, layout: Layout, input: Drawing): string {
  const { ink } = input;
  return [
    ...layout.frames.flatMap(({ left, top, right, bottom, label, indent, isFirst }) => [
      `<rect x="${fixed(left)}" y="${fixed(top)}" width="${fixed(right - left)}" height="${fixed(bottom - top)}" rx="5" fill="none" stroke="${ink.faint}" stroke-opacity=".6"/>`,
      isFirst ? text(left + indent + 6, top + 13, label, ink.faint) : "",
    ]),
    ...scene.edges.flatMap(({ kinds }, at) => {
      const path = pathThrough(layout.lines[at] ?? []);
      const beside = kinds.size > 1 && kinds.has("passed");
      return [
        lineText(path, lineOf(kinds), ink, ""),
        ...(beside ? [lineText(path, "passed", ink, ' transform="translate(6 0)"')] : []),
      ];
    }),
    ...scene.nodes.map((node) => nodeText(node, layout, told.get(node.key), input)),
  ].join("\n");
}

function lineText(path: string, kind: LinkKind, ink: Ink, more: string): string {
  const dash = DASHES[kind] && ` stroke-dasharray="${DASHES[kind]}"`;
  const end = kind === "order" ? "" : ' marker-end="url(#arrow)"';
  return `<path d="${path}" fill="none" stroke="${ink.faint}" stroke-width="1.3"${dash}${end}${more}/>`;
}

/** The head of a line. */
const arrow = ({ faint }: Ink): string =>
  `<defs><marker id="arrow" markerWidth="7" markerHeight="7" refX="6" refY="3.5" orient="auto"><path d="M0.5 0.5 6 3.5 0.5 6.5" fill="none" stroke="${faint}"/></marker></defs>`;

function nodeText(node: Branch, layout: Layout, told: Told | undefined, input: Drawing): string {
  const { shade, scale, ink, colour } = input;
  const { x, y } = layout.at.get(node.key) ?? { x: 0, y: 0 };
  const [left, top] = [x - WIDTH / 2, y - HEIGHT / 2];
  const share = told && !isNoise(shade, told) ? shareOf(scale, told.value) : 0;
  const box = (width: number, height: number, at: number, more: string) =>
    `<rect x="${fixed(left)}" y="${fixed(at)}" width="${fixed(width)}" height="${fixed(height)}" ${more}/>`;
  const parameters = parametersText(node);
  const name = `${node.kind === "block" ? "▸ " : ""}${shortName(node.label, 18)}`;
  const parts = [
    box(WIDTH, HEIGHT, top, `rx="4" fill="${ink.background}" stroke="${ink.faint}"`),
    box(WIDTH, HEIGHT, top, `rx="4" fill="${colour}" fill-opacity="${fixed(MOST_SHADE * share)}"`),
    text(left + 6, top + 15, name, ink.text, 'font-weight="600"'),
    text(left + WIDTH - 6, top + 15, shortName(typeOf(node), 12), ink.text, 'text-anchor="end"'),
    text(left + 6, top + 30, sizeOf(node), ink.text),
    text(left + WIDTH - 6, top + 30, parameters, ink.text, 'text-anchor="end"'),
  ];
  if (shade === "none" || !told) return parts.join("");
  const { history } = told;
  const highest = largest(history) || 1;
  const line = linePath(
    history.map((_, at) => left + WIDTH - 48 + (42 * at) / Math.max(1, history.length - 1)),
    history.map((value) => top + 52 - (14 * value) / highest),
  );
  return [
    ...parts,
    box(WIDTH * share, 3, top + HEIGHT - 3, `fill="${colour}"`),
    text(left + 6, top + 48, valueText(shade, told.value), ink.text, 'font-weight="600"'),
    `<path d="${line}" fill="none" stroke="${ink.text}"/>`,
  ].join("");
}

const fixed = (value: number): string => String(Number(value.toFixed(2)));

const text = (x: number, y: number, words: string, colour: string, more = ""): string =>
  `<text x="${fixed(x)}" y="${fixed(y)}" fill="${colour}" ${more}>${escaped(words)}</text>`;
