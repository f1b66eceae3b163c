import { between, flag, oneOf, orNull, type Reader } from "../../model/readers";
import { defineOptions, option, type ValueOf } from "../../state/options";
import { COUNTING } from "../../state/shared";

export const SIZES = ["count", "rank", "importance"] as const;

export const RANKINGS = ["importance", "pagerank", "lift"] as const;

/** What units are chosen by, in a sentence. */
export const CHOSEN_BY = {
  importance: "importance kept",
  pagerank: "PageRank kept",
  lift: "PageRank × PageRank lift kept",
} as const;

/** Least and most of the distances in the graph, in pixels. */
export const PITCH = [72, 280] as const;
export const GAP = [0, 120] as const;

const share: Reader<number> = (value) =>
  typeof value === "number" && value > 0 && value <= 1 ? value : undefined;

/** How the attribution graph is made and drawn; null is what the backend takes by default. */
export const graphOptions = defineOptions("graph", {
  ...COUNTING,
  /** Share of what units are chosen by that those shown hold at least. */
  keep: option(orNull(share), null),
  /** What units are chosen by. */
  ranking: option(oneOf(...RANKINGS), "importance"),
  directed: option(flag, false),
  /** What the size of a node says. */
  size: option(oneOf(...SIZES), "count"),
  /** Percent of the largest node's value, below which nodes are hidden. */
  filter: option(between(0, 100), 0),
  /** Pixels from row to row, and between the nodes of a row. */
  pitch: option(between(...PITCH), 112),
  gap: option(between(...GAP), 12),
  /** Whether a table stands for the picture. */
  table: option(flag, false),
});

export type GraphOptions = ValueOf<typeof graphOptions>;
