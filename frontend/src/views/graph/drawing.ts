/** The picture of an attribution graph as SVG text: the same nodes and edges as on the page. */

import { INK, type Ink, type Theme } from "../../model/color";
import { percent } from "../../model/format";
import { shortName } from "../../model/names";
import { escaped } from "../../plot/svgText";
import type { Point } from "../../stage/geometry";
import { pathOf } from "./Edges";
import { BAND_NAMES, boxOf, ROW_NAMES } from "./frame";
import type { Layout } from "./layout";
import {
  isMatched,
  type Scene,
  type SceneEdge,
  type SceneNode,
  SIDES,
  sideOf,
  unitLabel,
} from "./scene";
import { MEASURE_TEXTS, rangeTexts, type Stroke, strokeOf, WIDTHS, widthOf } from "./strength";
import { type GraphedSubject, nameOf, sideName } from "./subjects";

export interface Drawing {
  readonly scene: Scene;
  readonly layout: Layout;
  readonly subjects: readonly GraphedSubject[];
  /** `data:` addresses of the nodes' pictures; a node without one shows its number. */
  readonly pictures: ReadonlyMap<string, string>;
  readonly theme: Theme;
}

const MARGIN = 16;
const LINE = 16;
/** Corner of a node as a share of its side: its shape says whose it is. */
const CORNERS = { A: 0.06, both: 0.26, B: 0.5 } as const;
const DASHES: Readonly<Record<Stroke, string>> = {
  excites: "",
  inhibits: "6 4",
  identity: "",
  unmeasured: "1 4",
};

export function drawing(input: Drawing): string {
  const { scene, layout, subjects, theme } = input;
  const ink = INK[theme];
  const box = boxOf(layout);
  const heads = headLines(input);
  const above = MARGIN + heads.length * LINE + BAND_NAMES;
  const [x, y] = [MARGIN + ROW_NAMES - box.left, above - box.top];
  const width = Math.max(720, box.right + x + MARGIN);
  const legend = legendLines(input);
  const height = box.bottom + y + (legend.length + 1) * LINE + MARGIN;
  const edges = scene.edges.toSorted((one, other) => size(one) - size(other));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11">`,
    both(input),
    `<rect width="100%" height="100%" fill="${ink.background}"/>`,
    ...heads.map(([line, colour], at) => text(MARGIN, MARGIN + 11 + at * LINE, line, colour)),
    ...(subjects.length > 1 ? bandNames(input, x, above - BAND_NAMES / 2, ink) : []),
    ...scene.rows.map((layer, row) =>
      text(MARGIN, (layout.rows[row] ?? 0) + y + 4, shortName(layer.name, 20), ink.text),
    ),
    `<g transform="translate(${x} ${y})">`,
    ...edges.map((edge) => edgeText(edge, input, ink)),
    ...[...scene.nodes.values()].map((node) => nodeText(node, input, ink)),
    "</g>",
    ...legend.map((line, at) =>
      text(MARGIN, height - MARGIN - (legend.length - 1 - at) * LINE, line, ink.faint),
    ),
    "</svg>",
  ].join("\n");
}

function headLines({ scene, subjects }: Drawing): readonly (readonly [string, string])[] {
  return subjects.map(({ name, found, colour }, place) => [
    `${name} · ${found.run}, step ${found.step} · n ${found.inputs}${found.few ? " (few)" : ""} · ${percent(scene.graph.retained[place] ?? 0)} of the rank`,
    colour,
  ]);
}

function bandNames({ layout, subjects }: Drawing, x: number, y: number, ink: Ink): string[] {
  return SIDES.map((side, band) => {
    const { left = 0, right = 0 } = layout.bands[band] ?? {};
    return text((left + right) / 2 + x, y, sideName(side, subjects), ink.text, "middle");
  });
}

function legendLines({ scene, subjects }: Drawing): readonly string[] {
  const { measure, mass, of } = scene.graph;
  const ranges = measure ? rangeTexts(measure) : [];
  const widths = ranges.map((range, at) => `${WIDTHS[at]} px ${range}`).join(", ");
  return [
    ...(measure ? [`Width: ${widths} ${MEASURE_TEXTS[measure]}.`] : []),
    `Dashed inhibits; grey passes on without weights; dotted is not measured. Units: counted where they help to hold ${percent(mass)} of the ${of === "deviation" ? "|activation − mean|" : "activation"}.`,
    ...(subjects.length > 1
      ? [
          "Square: only the first; rounded: both; circle: only the second. Of both, the larger is drawn.",
        ]
      : []),
  ];
}

const sideColour = (side: SceneEdge["edge"]["side"], { subjects }: Drawing, ink: Ink): string =>
  side === "both" ? ink.faint : (subjects[side === "A" ? 0 : 1]?.colour ?? ink.faint);

function edgeText(edge: SceneEdge, input: Drawing, ink: Ink): string {
  const stroke = strokeOf(edge.edge.kind, edge.weight);
  const plain = stroke === "identity" || stroke === "unmeasured";
  const colour = plain ? ink.faint : sideColour(edge.edge.side, input, ink);
  const isPale = edge.edge.side === "B" && input.subjects[1]?.shown.place === "B";
  const dash = DASHES[stroke] && ` stroke-dasharray="${DASHES[stroke]}"`;
  const path = pathOf(edge, input.scene, input.layout.at);
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-opacity="${isPale ? 0.3 : 0.6}" stroke-width="${widthOf(edge.weight, input.scene.graph.measure)}"${dash}/>`;
}

function nodeText(node: SceneNode, input: Drawing, ink: Ink): string {
  const { scene, layout, subjects, pictures } = input;
  const { x, y } = layout.at.get(node.key) as Point;
  const side = sideOf(node.value, scene.largest);
  const [left, top] = [x - side / 2, y - side / 2];
  const corner = CORNERS[node.node.side] * side;
  const label = unitLabel(node, isMatched(scene.graph));
  const picture = pictures.get(node.key);
  const shape = `x="${fixed(left)}" y="${fixed(top)}" width="${fixed(side)}" height="${fixed(side)}" rx="${fixed(corner)}"`;
  const clip = `clip-${[...scene.nodes.keys()].indexOf(node.key)}`;
  const isB = node.node.side === "B" && subjects[1]?.shown.place === "B";
  const colour = sideColour(node.node.side, input, ink);
  const ring = node.node.side === "both" ? "url(#both)" : colour;
  const name = nameOf(node, subjects);
  return [
    `<rect ${shape} fill="${ink.background}"/>`,
    picture
      ? `<clipPath id="${clip}"><rect ${shape}/></clipPath><image clip-path="url(#${clip})" x="${fixed(left)}" y="${fixed(top)}" width="${fixed(side)}" height="${fixed(side)}" href="${picture}"/>`
      : text(x, y + 4, label, ink.text, "middle"),
    `<rect ${shape} fill="none" stroke="${ring}" stroke-width="3"${isB ? ' stroke-dasharray="3 2"' : ""}/>`,
    `<g stroke="${ink.background}" stroke-width="3" stroke-linejoin="round" paint-order="stroke">`,
    text(x, top - (name ? 16 : 4), label, ink.text, "middle"),
    name ? text(x, top - 4, shortName(name, 14), ink.faint, "middle") : "",
    "</g>",
  ].join("");
}

/** The ring of what both have: one half in each colour. */
function both({ subjects: [a, b] }: Drawing): string {
  if (!a || !b) return "";
  const stop = (colour: string) => `<stop offset=".5" stop-color="${colour}"/>`;
  return `<defs><linearGradient id="both">${stop(a.colour)}${stop(b.colour)}</linearGradient></defs>`;
}

const size = ({ weight }: SceneEdge): number => Math.abs(weight) || 0;

const fixed = (value: number): string => String(Number(value.toFixed(1)));

const text = (x: number, y: number, words: string, colour: string, anchor = "start"): string =>
  `<text x="${fixed(x)}" y="${fixed(y)}" fill="${colour}" text-anchor="${anchor}">${escaped(words)}</text>`;
