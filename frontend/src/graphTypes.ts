/** What the routes about classes, units and their pictures answer; see docs/http_api.md. */

import type { Answer, Counts, Floats } from "./types";

/** Part of a picture, as shares of its height and width: top, left, bottom, right. */
export type Box = readonly [y0: number, x0: number, y1: number, x1: number];

/** How a layer feeds another. */
export type LinkKind = "direct" | "composed" | "identity" | "gated" | "linearised" | "unmeasured";

export type Measure = "contribution" | "maximum" | "summit";

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

/** Cosine of a subset's activation counts in a layer with every class's. */
export type Similarity = Answer<
  { readonly similarity: Floats },
  { readonly layer: string; readonly step: number; readonly rows: readonly string[] }
>;

/** Maps of the classes, a layer each: `xy` is `[layers, rows, 2]`, NaN for a class that is left out. */
export type Embedding = Answer<
  { readonly xy: Floats; readonly inputs: Counts },
  {
    readonly step: number;
    readonly layers: readonly string[];
    readonly rows: readonly string[];
    readonly method: readonly ("umap" | "mds")[];
    readonly leftOut: readonly string[];
    readonly reason: string | null;
  }
>;

export interface Example {
  readonly instance: number;
  readonly value: number;
  readonly box: Box;
  readonly position: readonly number[];
}

/** The instances of the probe set that excite a unit most. */
export interface Examples {
  readonly step: number;
  readonly hash: string;
  readonly examples: readonly Example[];
}

/** A layer's feature visualisations: square tiles in reading order, `perUnit` for each of `units`. */
export interface Atlas {
  readonly id: string;
  readonly step: number;
  readonly tile: number;
  readonly columns: number;
  readonly perUnit: number;
  readonly units: readonly number[];
}

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
}

/** Names of units by layer and unit. */
export type UnitNames = Readonly<Record<string, Readonly<Record<string, string>>>>;
