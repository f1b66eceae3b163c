/** The maps as files: the places as a table, the stage as a drawing with what its colours say. */

import { glyphPath } from "../../model/glyphs";
import { shortName } from "../../model/names";
import { GLYPHS } from "../../model/shown";
import { sheetOf } from "../../plot/columns";
import type { Savable } from "../../plot/saving";
import { documentOf, fixed, paragraphs, words } from "../../plot/svgText";
import type { Coloured, Group } from "./colouring";
import { placeText, qualityLines, sideTitle } from "./describe";
import { columnsOf, rowsOf } from "./drawn";
import type { DrawnPane } from "./reading";
import type { SideFacts } from "./scene";
import type { ProjectionStage } from "./stage";
import type { Watched } from "./watched";

interface Shown {
  readonly stage: ProjectionStage | null;
  readonly sides: readonly SideFacts[];
  readonly watched: Watched;
  readonly chosen: ReadonlySet<number>;
  readonly looks: Coloured | undefined;
  /** Place of the layer that the stage is nearest to. */
  readonly layer: number;
}

export function savableMap(shown: Shown): Savable {
  const { stage, sides, watched, chosen } = shown;
  return {
    name: "projection",
    tables: () => [
      sheetOf(
        columnsOf(watched.playhead, chosen),
        sides.flatMap((side) => rowsOf(side, watched.playhead)),
      ),
    ],
    drawing: (format) => {
      if (!stage?.scene) throw new Error("no map is drawn");
      const groups = presentGroups(shown);
      return drawing(stage, captionsOf(shown), groups, format === "PNG");
    },
  };
}

/** What each side shows: where and when, between which layers, how far to trust it. */
function captionsOf({ sides, watched, layer }: Shown): readonly string[] {
  return sides.map((side) => {
    const { layers, quality } = side.now;
    const found = quality[layer];
    const place = placeText(watched.playhead.layer, (at) => layers[at] ?? "");
    return [sideTitle(side), place, ...(found ? qualityLines(found) : [])].join(" · ");
  });
}

function presentGroups({ sides, looks }: Shown): readonly Group[] {
  const present = new Set(sides[0]?.from.shown.map((instance) => looks?.of[instance]));
  return looks?.groups.filter((_, at) => present.has(at)).slice(0, MOST_KEYS) ?? [];
}

const MARGIN = 12;
const LINE = 18;
const LETTER = 6;
/** Width of an entry of the legend, and how many there are at most. */
const KEY = 136;
const MOST_KEYS = 60;

/** The stage as an SVG document: shapes, or what is on the screen; above it captions, below a legend. */
export function drawing(
  stage: ProjectionStage,
  captions: readonly string[],
  groups: readonly Group[],
  asOnScreen: boolean,
): string {
  const { scene, size } = stage;
  if (!scene) return "";
  const { width, height } = size;
  const longest = Math.floor((width - 2 * MARGIN) / LETTER);
  const head = paragraphs(MARGIN, LINE, captions, scene.ink.text, longest);
  const top = head.bottom;
  const columns = Math.max(1, Math.floor((width - 2 * MARGIN) / KEY));
  const keys = groups.map(({ name, colour, glyph }, at) => {
    const x = MARGIN + (at % columns) * KEY;
    const y = top + height + (Math.floor(at / columns) + 1) * LINE;
    const shape = glyphPath(GLYPHS[glyph] ?? "circle", x + 5, y - 4, 4);
    return `<path d="${shape}" fill="${colour}"/>${words(x + 16, y, shortName(name, 18), scene.ink.text)}`;
  });
  const bottom = Math.ceil(groups.length / columns) * LINE + MARGIN;
  return documentOf(width, top + height + bottom, scene.ink, [
    head.text,
    asOnScreen
      ? `<image y="${top}" width="${width}" height="${height}" href="${screened(stage)}"/>`
      : stage
          .drawn()
          .map((pane) => paneOf(pane, top, height, scene.ink.accent))
          .join("\n"),
    ...keys,
  ]);
}

/** Both canvases over one another as a `data:` address. */
function screened(stage: ProjectionStage): string {
  const { canvas, over } = stage;
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [canvas.width, canvas.height];
  stage.paint();
  for (const layer of [canvas, over]) copy.getContext("2d")?.drawImage(layer, 0, 0);
  return copy.toDataURL();
}

/** A side's dots as glyphs and its lines, within its pane. */
function paneOf(
  { left, width, dots, lines }: DrawnPane,
  top: number,
  height: number,
  ring: string,
) {
  const x = (at: number) => fixed(at - left);
  return [
    `<svg x="${fixed(left)}" y="${top}" width="${fixed(width)}" height="${height}" overflow="hidden">`,
    ...lines.map(
      ({ from, to, colour, width: wide }) =>
        `<path d="M${x(from.x)} ${fixed(from.y)}L${x(to.x)} ${fixed(to.y)}" stroke="${css(colour)}" stroke-opacity="${fixed(colour[3] / 255)}" stroke-width="${wide}"/>`,
    ),
    ...dots.map(({ at, look }) => {
      const shape = glyphPath(GLYPHS[look.glyph] ?? "circle", at.x - left, at.y, look.radius);
      const around = look.ringed ? ` stroke="${ring}" stroke-width="2"` : "";
      const paint = look.hollow
        ? `fill="none" stroke="${css(look.colour)}" stroke-width="1.5"`
        : `fill="${css(look.colour)}" fill-opacity="${fixed(look.colour[3] / 255)}"${around}`;
      return `<path d="${shape}" ${paint}/>`;
    }),
    "</svg>",
  ].join("\n");
}

const css = ([red, green, blue]: readonly [number, number, number, number]): string =>
  `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
