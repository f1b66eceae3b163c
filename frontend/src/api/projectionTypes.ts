/** What the routes about projections answer; see docs/http_api.md. */

import type { Answer, Counts, Floats } from "./arrays";

/** What is recorded for projections, what-ifs and the architecture; part of a model in the index. */
export interface FurtherSummary {
  /** What is recorded for projections. */
  readonly projection: ProjectionSummary | null;
  /** Number of adversarial strips. */
  readonly strips: number;
  /** Steps and instances with maps of saliency, by method. */
  readonly saliency: Readonly<
    Record<string, { readonly steps: readonly number[]; readonly instances: readonly number[] }>
  >;
  /** Steps with units that were removed. */
  readonly ablationSteps: readonly number[];
  readonly attackReportSteps: readonly number[];
  /** Whether it is known how layers feed each other. */
  readonly architecture: boolean;
}

/** What is recorded for projections; part of a model in the index. */
export interface ProjectionSummary {
  readonly steps: readonly number[];
  /** Distances between full activations. */
  readonly metric: "euclidean" | "cosine" | null;
  readonly pivots: number;
  /** Instances whose mutual distances are kept. */
  readonly focus: readonly number[];
  readonly neighbours: boolean;
  /** Steps with maps made beforehand, by method. */
  readonly methods: Readonly<Record<string, readonly number[]>>;
}

/** A map of the probe set for every layer: `xy` `[layers, instances, 2]`, quality `[layers]`. */
export type Projection = Answer<
  {
    readonly xy: Floats;
    readonly instance: Counts;
    readonly pivot: Counts;
    readonly radius: Floats;
    readonly stress: Floats;
    readonly trustworthiness: Floats;
    readonly continuity: Floats;
    readonly preservation: Floats;
    readonly mirrored: Counts;
    readonly residual: Floats;
    readonly spread: Floats;
  },
  {
    readonly step: number;
    readonly hash: string;
    readonly metric: string;
    readonly layers: readonly string[];
    readonly method: readonly string[];
    /** Whether the maps lie as those of the run that was asked for. */
    readonly anchored: boolean;
    readonly reason: string | null;
  }
>;

/** Where instances lie at every step in one layer: `xy` `[steps, instances, 2]`. */
export type Trail = Answer<
  { readonly xy: Floats; readonly instance: Counts },
  { readonly steps: readonly number[]; readonly method: string }
>;

/** An instance's nearest ones by the layer's full activations, nearest first. */
export interface NearestInstances {
  readonly step: number;
  readonly metric: string;
  readonly neighbours: readonly { readonly instance: number; readonly distance: number }[];
}
