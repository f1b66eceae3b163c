/** What the routes about classes, units and their pictures answer; see docs/http_api.md. */

import type { Answer, Counts, Floats } from "./arrays";

/** Part of a picture, as shares of its height and width: top, left, bottom, right. */
export type Box = readonly [y0: number, x0: number, y1: number, x1: number];

/** How a layer feeds another. */
export type LinkKind = "direct" | "composed" | "identity" | "gated" | "linearised" | "unmeasured";

export const MEASURES = ["contribution", "maximum", "summit"] as const;
export type Measure = (typeof MEASURES)[number];

/** What is recorded for attribution graphs; part of a model in the index. */
export interface GraphSummary {
  readonly steps: readonly number[];
  readonly subsets: readonly string[];
  readonly masses: readonly number[];
  readonly of: readonly string[];
  readonly measures: readonly Measure[];
  readonly links: readonly (readonly [producer: string, consumer: string, kind: LinkKind])[];
  readonly notes: readonly string[];
}

export const SIZES = ["count", "rank", "importance"] as const;

/** How the attribution graph is made and drawn; null is what the backend takes by default. */
export interface GraphOptions {
  readonly measure: Measure | null;
  /** Share of the activation mass that counts. */
  readonly mass: number | null;
  /** What the mass is of: `activation`, or `deviation` from the mean. */
  readonly of: string | null;
  /** Share of the rank that the units shown hold at least. */
  readonly keep: number | null;
  /** Whether units are chosen by how much more they rank than in the mean of the classes. */
  readonly lift: boolean;
  readonly directed: boolean;
  /** What the size of a node says. */
  readonly size: (typeof SIZES)[number];
  /** Percent of the largest node's value, below which nodes are hidden. */
  readonly filter: number;
  /** Pixels from row to row, and between the nodes of a row. */
  readonly pitch: number;
  readonly gap: number;
  /** Rows that are opened to their inner layers. */
  readonly open: readonly string[];
  /** Whether a table stands for the picture. */
  readonly table: boolean;
  /** The layer of the classes' map and similarity; null is the last hidden one. */
  readonly embedding: string | null;
}

/** One value a subject; null where it is not known. */
export type PerSubject = readonly (number | null)[];

export type Side = "A" | "both" | "B";

export interface GraphSubject {
  readonly run: string;
  readonly model: string;
  readonly step: number;
  readonly subset: string;
  readonly inputs: number;
  /** Inputs that influence was measured on. */
  readonly sampled: number;
  readonly few: boolean;
  readonly identity: "same" | "weights" | "matched" | "none";
  readonly reason: string | null;
}

export interface GraphLayer {
  readonly name: string;
  readonly type: string;
  readonly units: number;
  /** Share of the absolute activation mass that is negative. */
  readonly negative: number;
  /** What its mass is of: where few activations are negative, always `activation`. */
  readonly of: string;
  /** Layers that this row stands for. */
  readonly inner: readonly string[];
  readonly output: boolean;
}

export interface GraphNode {
  /** Place among the layers. */
  readonly layer: number;
  /** The unit's number in A's network; in B's, of one that only B has. */
  readonly unit: number;
  /** In B's network; null where there is no B, and for a unit that B has not. */
  readonly other: number | null;
  readonly side: Side;
  /** Whether all networks that are shown have the unit. */
  readonly matched: boolean;
  readonly rank: PerSubject;
  readonly count: PerSubject;
  /** The count over the subset's inputs. */
  readonly share: PerSubject;
  readonly importance: PerSubject;
  readonly lift: PerSubject;
  readonly examples: readonly (readonly [instance: number, ...Box])[];
}

export interface GraphEdge {
  /** Places of producer and consumer among the nodes. */
  readonly from: number;
  readonly to: number;
  readonly side: Side;
  /** Signed shares of the consumer's absolute influence. */
  readonly weight: PerSubject;
  readonly kind: LinkKind;
}

/** The units that matter for one subset, or for two, and how they feed each other; layers from the input on. */
export interface Graph {
  readonly subjects: readonly GraphSubject[];
  /** Null where no influence is recorded. */
  readonly measure: Measure | null;
  readonly mass: number;
  readonly of: string;
  /** Share of the rank that the shown units hold, a subject each. */
  readonly retained: readonly number[];
  /** How often more was kept so that no layer is cut off. */
  readonly relaxed: number;
  readonly lift: boolean;
  readonly directed: boolean;
  readonly layers: readonly GraphLayer[];
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly notes: readonly string[];
  readonly options: {
    readonly masses: readonly number[];
    readonly of: readonly string[];
    readonly measures: readonly Measure[];
  };
}

/** Cosine of a subset's activation counts in a layer with every class's. */
export type Similarity = Answer<
  { readonly similarity: Floats },
  { readonly layer: string; readonly step: number; readonly rows: readonly string[] }
>;

/** Maps of the classes, a layer each: `xy` is `[layers, rows, 2]`. */
export type Embedding = Answer<
  { readonly xy: Floats; readonly inputs: Counts },
  {
    readonly step: number;
    readonly layers: readonly string[];
    readonly rows: readonly string[];
    readonly method: readonly ("umap" | "mds")[];
    /** Classes with too few inputs to be placed; they are not among the rows. */
    readonly leftOut: readonly string[];
    readonly reason: string | null;
  }
>;

export interface Example {
  readonly instance: number;
  /** The unit's activation, where it is recorded at this step. */
  readonly value: number | null;
  readonly box: Box;
  readonly position: readonly number[];
}

/** The instances of the probe set that excite a unit most. */
export interface Examples {
  readonly step: number;
  readonly hash: string;
  readonly examples: readonly Example[];
}

/** Feature visualisations of a layer: square tiles in reading order, `perUnit` for each of `units`. */
export interface Atlas {
  readonly id: string;
  readonly step: number;
  readonly tile: number;
  readonly columns: number;
  readonly perUnit: number;
  readonly units: readonly number[];
}

/** By layer, the atlas of the step nearest to the one asked for first. */
export interface Facets {
  readonly layers: Readonly<Record<string, readonly Atlas[]>>;
}

/** Pictures of the probe set: picture `i` is `bytes[offset[i]…offset[i + 1]]`. */
export type Thumbnails = Answer<{ readonly bytes: Counts; readonly offset: Counts }, unknown>;

export interface Neighbour {
  readonly layer: string;
  readonly unit: number;
  /** Signed, a share of the consumer's absolute influence. */
  readonly weight: number | null;
  readonly kind: LinkKind;
  /** Share of the consumer's absolute influence that the record keeps. */
  readonly kept: number | null;
}

/** The strongest units that a unit is fed by and feeds, for a subset; their weights `[neighbour][step]`. */
export interface Influence {
  readonly step: number;
  readonly measure: Measure;
  /** The subset that it was measured for, which stands in where the one asked for was not sampled. */
  readonly subset: string;
  /** Inputs that were sampled. */
  readonly inputs: number;
  readonly producers: readonly Neighbour[];
  readonly consumers: readonly Neighbour[];
  readonly steps: readonly number[];
  readonly history: {
    readonly producers: readonly (readonly (number | null)[])[];
    readonly consumers: readonly (readonly (number | null)[])[];
  };
}

export interface Served {
  readonly subset: string;
  readonly inputs: number;
  readonly count: number;
  /** Of the subset's inputs. */
  readonly share: number;
  /** How much the subset's own output falls without the unit, to first order. */
  readonly importance: number | null;
  /** The share over its mean of all classes. */
  readonly lift: number | null;
}

/** For which classes a unit is among those that hold the activation mass. */
export interface Serves {
  readonly step: number;
  readonly classes: readonly Served[];
  /** Classes that there are besides. */
  readonly left: number;
  /** Of the subset asked about, a value a step. */
  readonly history: {
    readonly steps: readonly number[];
    readonly share: readonly (number | null)[];
    readonly importance: readonly (number | null)[];
  } | null;
}

/** Names of units by layer and unit. */
export type UnitNames = Readonly<Record<string, Readonly<Record<string, string>>>>;
