/** Small panels for tests. */

import type { DistributionSubject } from "../../api/schema";
import type { InstanceMark, Slot } from "../shown";
import type { PanelData, PanelSubject } from "./panel";

export interface SubjectSketch {
  readonly place?: Slot;
  readonly key?: string;
  readonly inputs?: number;
  /** `[units][bins]`. */
  readonly counts: readonly (readonly number[])[];
  readonly zero?: readonly number[];
  readonly over?: readonly number[];
  readonly nan?: readonly number[];
  readonly medians?: readonly number[];
  readonly unit?: readonly number[];
}

const floats = (values: readonly number[], shape: readonly number[]) => ({
  data: Float32Array.from(values),
  shape,
});
const counts = (values: readonly number[], shape: readonly number[]) => ({
  data: Uint32Array.from(values),
  shape,
});

/** A panel whose units all have bins of width 1 from `start` on. */
export function panel(
  sketches: readonly SubjectSketch[],
  { start = 0, instances = [] as readonly (readonly number[])[] } = {},
): PanelData {
  const units = sketches[0]?.counts.length ?? 0;
  const bins = sketches[0]?.counts[0]?.length ?? 0;
  const flat = [sketches.length, units];
  const each = (pick: (sketch: SubjectSketch) => readonly number[] | undefined, otherwise = 0) =>
    sketches.flatMap((sketch) => pick(sketch) ?? Array<number>(units).fill(otherwise));
  return {
    layer: "layer",
    type: "ReLU",
    histograms: {
      counts: counts(
        sketches.flatMap((sketch) => sketch.counts.flat()),
        [...flat, bins],
      ),
      zero: counts(
        each(({ zero }) => zero),
        flat,
      ),
      under: counts(
        each(() => undefined),
        flat,
      ),
      over: counts(
        each(({ over }) => over),
        flat,
      ),
      nan: counts(
        each(({ nan }) => nan),
        flat,
      ),
      infinite: counts(
        each(() => undefined),
        flat,
      ),
      start: floats(Array<number>(units).fill(start), [units]),
      width: floats(Array<number>(units).fill(1), [units]),
      mean: floats(
        each(() => undefined),
        flat,
      ),
      std: floats(
        each(() => undefined),
        flat,
      ),
      quantiles: floats(
        each(({ medians }) => medians, Number.NaN).flatMap((m) => [m, m, m, m, m]),
        [...flat, 5],
      ),
      unit: counts(
        each(({ unit }) => unit ?? Array.from({ length: units }, (_, index) => index)),
        flat,
      ),
      correlation: floats(
        each(() => undefined, 1),
        flat,
      ),
    },
    subjects: sketches.map(subject),
    instances: instances.map((values, index) => ({
      place: "A",
      name: `instance ${index}`,
      mark: mark(index),
      values,
    })),
    divergence: null,
    names: new Map(),
    dead: new Set(),
  };
}

function subject(sketch: SubjectSketch, index: number): PanelSubject {
  const found: DistributionSubject = {
    run: "run",
    model: "model",
    step: 0,
    subset: "all",
    inputs: sketch.inputs ?? 10,
    mode: "eval",
    few: false,
    identity: "same",
    reason: null,
    instances: null,
    threshold: null,
  };
  const [place, key] = [sketch.place ?? "A", sketch.key ?? `class:${index}`];
  return { place, key, name: key, colour: "#000000", found };
}

const mark = (index: number): InstanceMark => ({
  instance: index,
  colour: "#ff0000",
  glyph: "circle",
  number: index + 1,
});
