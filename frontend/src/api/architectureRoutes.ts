/** What the routes about the architecture answer, and how they are asked. */

import type { Answer, Floats } from "./arrays";
import { type Argument, arrays, json, modelArguments, subjectArgument } from "./ask";
import type { ModelId, Subject } from "./types";

export interface ArchitectureLayer {
  readonly name: string;
  readonly type: string;
  readonly units: number;
  /** Of its output for one input, -1 for an axis whose length varies; null where it is not recorded. */
  readonly shape: readonly number[] | null;
  readonly parameters: number | null;
  readonly output: boolean;
}

export type ArchitectureLink = readonly [producer: string, consumer: string, kind: string];

export interface Architecture {
  readonly parameters: number | null;
  /** In the order of execution. */
  readonly layers: readonly ArchitectureLayer[];
  readonly links: readonly ArchitectureLink[];
  readonly notes: readonly string[];
}

/** One number a layer and step, `[layers, steps]`, and what it is on average if there is nothing to see. */
export type LayerSeries = Answer<
  { readonly values: Floats; readonly noise: Floats },
  {
    /** The step that change is counted from. */
    readonly since: number | null;
    readonly layers: readonly string[];
    readonly steps: readonly number[];
  }
>;

/** What is asked of every layer: change since a step, or the divergence of two subjects, or neither. */
export interface SeriesQuestion {
  readonly of: "divergence" | "dead" | "change" | "separability";
  readonly since: number | null;
  readonly subjects: readonly Subject[];
}

/** Of which steps: of one, or of at most so many, evenly chosen. */
export type Steps = { readonly step: number } | { readonly most: number };

export function architecture(model: ModelId): Promise<Architecture> {
  return json("architecture", modelArguments(model));
}

export function layerSeries(
  model: ModelId,
  { of, since, subjects }: SeriesQuestion,
  steps: Steps,
  layers: readonly string[],
): Promise<LayerSeries> {
  return arrays<LayerSeries>(
    "layer_series",
    [
      ...modelArguments(model),
      ["of", of],
      ...(since === null ? [] : [["since", String(since)] as const]),
      ...Object.entries(steps).map(([name, number]): Argument => [name, String(number)]),
      ...subjects.map(subjectArgument),
      ...layers.map((name): Argument => ["layer", name]),
    ],
    { values: "floats", noise: "floats" },
  );
}
