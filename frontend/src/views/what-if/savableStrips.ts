/** The strips of an image as tables and as a drawing. */

import { max } from "d3-array";
import type { Model } from "../../api/schema";
import type { Strip } from "../../api/types";
import { INK, type Theme } from "../../model/color";
import { short } from "../../model/format";
import { glyphPath } from "../../model/glyphs";
import { className } from "../../model/names";
import { linePath } from "../../plot/chart";
import type { Savable, Sheet } from "../../plot/saving";
import { documentOf, fixed, stroke, words } from "../../plot/svgText";
import * as state from "../../state/store";
import { addressOf, picturesOf } from "./FramePicture";
import { flipFrame, placeOf, readoutOf } from "./frames";
import { flipText, headingOf, probabilityText, targetName, targetOf } from "./groups";
import type { StripPicture } from "./options";
import { trackedClasses } from "./tracked";

interface Shown {
  readonly model: Model;
  /** Of one image. */
  readonly strips: readonly Strip[];
  /** The one in detail, whose curves are drawn. */
  readonly strip: Strip;
  readonly picture: StripPicture;
}

export function savableStrips(shown: Shown): Savable {
  return {
    name: "strips",
    tables: () => shown.strips.flatMap((strip) => tablesOf(shown.model, strip)),
    drawing: async () => stripDrawing(shown, await pictureAddresses(shown), state.theme.value),
  };
}

/** A strip's numbers at each step, and the units that change most at each frame. */
export function tablesOf(model: Model, strip: Strip): readonly Sheet[] {
  const { curve, classes, frames } = strip;
  const names = classes.map((index) => `p ${className(model, index)}`);
  const towards = `${headingOf(model, strip)}, towards ${targetName(model, strip)}`;
  const at = (values: readonly number[] | undefined, step: number) => values?.[step] ?? Number.NaN;
  const frameOf = new Map(frames.map(({ step }, frame) => [step, frame + 1]));
  const steps: Sheet = [
    [towards, flipText(model, strip)],
    [
      ...["step", "frame", "effect", ...names, "l2", "linf", "random: effect"],
      ...names.map((name) => `random: ${name}`),
    ],
    ...curve.effect.map((effect, step) => [
      ...[step, frameOf.get(step) ?? "", effect],
      ...curve.probability.map((values) => at(values, step)),
      ...[at(curve.l2, step), at(curve.linf, step), at(curve.controlEffect, step)],
      ...curve.controlProbability.map((values) => at(values, step)),
    ]),
  ];
  const units: Sheet = [
    ["layer", "unit", ...frames.map(({ step }) => `activation at step ${step}`)],
    ...strip.layers.flatMap(({ layer, units: changed }) =>
      changed.map(({ unit, activation }) => [layer, unit, ...activation]),
    ),
  ];
  return units.length > 1 ? [steps, units] : [steps];
}

const MARGIN = 16;
const CELL = 96;
const LINE = 16;
const CHART = 112;
/** Above a row of pictures its name, below it two lines. */
const ROW = LINE + CELL + 2 * LINE + 8;

/** Of words over a picture. */
const OUTLINED = 'font-weight="600" stroke="#fff" stroke-width="3" paint-order="stroke"';

/** Rows of pictures as on the page; `pictures` gives `data:` addresses by what `keyOf` makes of them. */
export function stripDrawing(
  { model, strips, strip, picture }: Shown,
  pictures: ReadonlyMap<string, string>,
  theme: Theme,
): string {
  const ink = INK[theme];
  const most = max(strips, ({ frames }) => frames.length) ?? 0;
  const rows = [
    ...strips.map((one) => ({ one, kind: picture, name: `towards ${targetName(model, one)}` })),
    {
      one: strip,
      kind: "control" as const,
      name: `random, same norm as towards ${targetName(model, strip)}`,
    },
  ];
  const image = (one: Strip, number: number, x: number, y: number, style = "") =>
    `<image x="${x}" y="${y}" width="${CELL - 2}" height="${CELL - 2}" href="${pictures.get(keyOf(one, number)) ?? ""}" style="image-rendering: pixelated;${style}"/>`;
  const parts = rows.flatMap(({ one, kind, name }, place) => {
    const top = MARGIN + LINE + place * ROW;
    const isControl = kind === "control";
    const flip = isControl ? null : flipFrame(one);
    const said = isControl ? "" : flipText(model, one);
    return [
      words(MARGIN, top + 12, said ? `${name} · ${said}` : name, ink.text, 'font-weight="600"'),
      ...one.frames.flatMap((_, frame) => {
        const [x, y] = [MARGIN + frame * CELL, top + LINE];
        const { number, over } = picturesOf(one, kind, frame);
        const found = readoutOf(one, frame);
        const [p = Number.NaN] = isControl ? found.controlProbability : found.probability;
        const effect = isControl ? found.controlEffect : found.effect;
        const reached =
          targetOf(one).kind === "class" ? `p ${probabilityText(p)}` : `a ${short(effect, 2)}`;
        const norm =
          one.norm === "l2" ? `‖δ‖₂ ${short(found.l2, 2)}` : `‖δ‖∞ ${short(found.linf, 2)}`;
        return [
          image(one, number, x, y),
          ...(over === null
            ? []
            : [image(one, over, x, y, "mix-blend-mode: hard-light; opacity: .6")]),
          ...(frame > 0 && frame === flip
            ? [
                stroke([x - 1, y - 4], [x - 1, y + CELL + 4], ink.accent, 'stroke-width="2"'),
                words(x + 3, y + 10, "flip", ink.accent, OUTLINED),
              ]
            : []),
          words(x, y + CELL + 12, reached, ink.text),
          words(x, y + CELL + 26, norm, ink.faint),
        ];
      }),
    ];
  });
  const top = MARGIN + LINE + rows.length * ROW;
  return documentOf(2 * MARGIN + Math.max(most * CELL, 480), top + CHART + 2 * LINE, ink, [
    words(MARGIN, MARGIN + 8, wholeHeading(model, strip), ink.text, 'font-size="13"'),
    ...parts,
    ...curves(model, strip, top, theme),
  ]);
}

/** The probabilities under the columns of the pictures. */
function curves(model: Model, strip: Strip, top: number, theme: Theme): readonly string[] {
  const ink = INK[theme];
  const y = (value: number) => top + LINE + (1 - value) * (CHART - LINE);
  const x = (step: number) => MARGIN + placeOf(strip.frames, CELL, step);
  const right = MARGIN + strip.frames.length * CELL;
  const tracked = trackedClasses(model, strip, state.subsets.value ?? [], theme);
  return [
    ...[0, 0.5, 1].flatMap((value) => [
      stroke([MARGIN, y(value)], [right, y(value)], ink.line),
      words(MARGIN, y(value) - 3, short(value), ink.faint, 'font-size="9"'),
    ]),
    ...tracked.flatMap(({ name, colour, glyph }, row) => {
      const own = strip.curve.probability[row] ?? [];
      const control = strip.curve.controlProbability[row] ?? [];
      const path = (values: readonly number[], extra: string) =>
        `<path fill="none" stroke="${colour}" ${extra} d="${linePath(
          values.map((_, step) => x(step)),
          values.map(y),
        )}"/>`;
      return [
        path(control, 'stroke-dasharray="4 3"'),
        path(own, 'stroke-width="1.75"'),
        ...strip.frames.map(
          ({ step }) =>
            `<path fill="${colour}" d="${glyphPath(glyph, Number(fixed(x(step))), Number(fixed(y(own[step] ?? Number.NaN))), 3)}"/>`,
        ),
        words(MARGIN + row * 144, top + CHART + LINE + 4, `● p ${name}`, colour),
      ];
    }),
    words(MARGIN + tracked.length * 144, top + CHART + LINE + 4, "dashed: random", ink.faint),
  ];
}

/** What the image is, and where and when it was changed. */
function wholeHeading(model: Model, strip: Strip): string {
  const number = strip.instance < 0 ? [] : [`instance ${strip.instance}`];
  const step = `step ${strip.step.toLocaleString("en")}`;
  return [headingOf(model, strip), ...number, model.run, step].join(" · ");
}

const keyOf = ({ id }: Strip, number: number): string => `${id} ${number}`;

/** All pictures that a drawing needs, within the file. */
async function pictureAddresses({
  model,
  strips,
  strip,
  picture,
}: Shown): Promise<ReadonlyMap<string, string>> {
  const wanted = [
    ...strips.flatMap((one) =>
      one.frames.map((_, at) => ({ one, ...picturesOf(one, picture, at) })),
    ),
    ...strip.frames.map((_, at) => ({ one: strip, ...picturesOf(strip, "control", at) })),
  ].flatMap(({ one, number, over }) =>
    [number, ...(over === null ? [] : [over])].map((of) => ({ one, of })),
  );
  const found = wanted.map(async ({ one, of }): Promise<[string, string]> => {
    const response = await fetch(addressOf(model, one.id, of));
    if (!response.ok) throw new Error(`picture ${of} of ${one.id}: ${await response.text()}`);
    return [keyOf(one, of), await dataAddress(await response.blob())];
  });
  return new Map(await Promise.all(found));
}

function dataAddress(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
