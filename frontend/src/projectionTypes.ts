/** What the routes about projections answer; see docs/http_api.md. */

/** What is recorded for projections, what-ifs and the architecture; part of a model in the index. */
export interface FurtherSummary {
  /** What is recorded for projections. */
  readonly projection: ProjectionSummary | null;
  /** Number of adversarial strips. */
  readonly strips: number;
  /** Steps with maps of saliency, by method. */
  readonly saliency: Readonly<Record<string, readonly number[]>>;
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
