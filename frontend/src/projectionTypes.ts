/** What the routes about projections answer; see docs/http_api.md. */

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
