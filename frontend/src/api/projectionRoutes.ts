/** One typed function a route about maps of the probe set; see ask.ts for how it is asked. */

import { type Argument, arrays, json, modelArguments, momentArguments } from "./ask";
import type { NearestInstances, Projection, Trail } from "./projectionTypes";
import type { ModelId, Moment } from "./types";

/** How maps are made. */
export interface Mapping {
  readonly method: string;
  /** The run whose maps are the frame of reference; null is the run itself. */
  readonly anchor: ModelId | null;
}

/** Maps of all layers; with `chosen` only these instances, projected anew. */
export function projection(
  moment: Moment,
  mapping: Mapping,
  chosen: readonly number[] | null = null,
): Promise<Projection> {
  const only: Argument[] = chosen ? [["instances", ranges(chosen)]] : [];
  return arrays<Projection>(
    "projection",
    [...momentArguments(moment), ...only, ...mappingArguments(mapping)],
    {
      xy: "floats",
      instance: "counts",
      pivot: "counts",
      radius: "floats",
      stress: "floats",
      trustworthiness: "floats",
      continuity: "floats",
      preservation: "floats",
      mirrored: "counts",
      residual: "floats",
      spread: "floats",
    },
  );
}

export function trail(
  model: ModelId,
  layer: string,
  chosen: readonly number[],
  mapping: Mapping,
): Promise<Trail> {
  const of: Argument[] = [
    ["layer", layer],
    ["instances", ranges(chosen)],
  ];
  const args = [...modelArguments(model), ...of, ...mappingArguments(mapping)];
  return arrays<Trail>("trail", args, { xy: "floats", instance: "counts" });
}

export function neighbours(
  moment: Moment,
  layer: string,
  instance: number,
): Promise<NearestInstances> {
  const of: Argument[] = [
    ["layer", layer],
    ["instance", String(instance)],
  ];
  return json("neighbours", [...momentArguments(moment), ...of]);
}

/** Numbers, rising, as `0-3,7`. */
export function ranges(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of [...new Set(numbers)].sort((one, other) => one - other)) {
    const last = runs.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}

const mappingArguments = ({ method, anchor }: Mapping): Argument[] => [
  ...(method === "pivot_mds" ? [] : [["method", method] as const]),
  ...(anchor
    ? ([
        ["anchor_run", anchor.run],
        ["anchor_model", anchor.model],
      ] as const)
    : []),
];
