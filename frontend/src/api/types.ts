import type { Answer, Counts, Floats } from "./arrays";
import type { GraphSummary } from "./graphTypes";
import type { FurtherSummary } from "./projectionTypes";

export type Task = "multiclass" | "binary" | "multilabel" | "regression" | null;

export interface Layer {
  readonly name: string;
  readonly type: string;
  readonly units: number;
  readonly reduction: string;
  readonly output: boolean;
}

export interface Problem {
  readonly what: string;
  readonly count: number;
  readonly message: string;
}

/** What identifies a recorded model: a run of TensorBoard's and the recorder's name. */
export interface ModelId {
  readonly run: string;
  readonly model: string;
}

export interface Model extends ModelId, FurtherSummary {
  readonly task: Task;
  readonly classes: readonly string[];
  readonly steps: readonly number[];
  /** Seconds since 1970, one a step. */
  readonly wallTimes: readonly number[];
  readonly layers: readonly Layer[];
  /** Keys of the subsets with histograms, such as `all`, `class:3` and `slice:attacked`. */
  readonly subsets: readonly string[];
  readonly subsetNames: Readonly<Record<string, string>>;
  /** Keys of the subsets of which only mean and deviation are kept. */
  readonly moments: readonly string[];
  readonly mode: string;
  readonly probe: {
    readonly hash: string;
    readonly size: number;
    readonly pictured: boolean;
    readonly lossless: boolean;
  } | null;
  readonly probeSteps: readonly number[];
  /** Two models with equal fingerprints started from the same weights. */
  readonly weights: string;
  /** The two classes most often taken for one another at the last step. */
  readonly confused: readonly [number, number] | null;
  /** The last two recorded layers before the output. */
  readonly hidden: readonly string[];
  readonly sessions: readonly Session[];
  readonly leftOut: readonly string[];
  readonly problems: readonly Problem[];
  /** What is recorded for attribution graphs. */
  readonly graph: GraphSummary | null;
  /** Steps with feature visualisations. */
  readonly facetSteps: readonly number[];
  /** Steps with the instances that excite units most. */
  readonly exampleSteps: readonly number[];
  /** Whether maps of the classes are recorded; the backend makes one where there is none. */
  readonly embedding: boolean;
  /** Whether the script has named units. */
  readonly named: boolean;
  /** What TensorBoard retains for it. */
  readonly bytes: number;
}

export interface Session {
  readonly session: string;
  readonly firstStep: number;
  readonly wallTime: number;
}

export interface Index {
  readonly version: string;
  readonly models: readonly Model[];
  readonly problems: readonly Problem[];
}

/** Where and when: a model at a step. */
export interface Moment extends ModelId {
  readonly step: number;
}

/** What is compared: a subset of the inputs at a moment. The key counts classes as the moment's own run does. */
export interface Subject extends Moment {
  readonly subset: string;
}

export type Place = "A" | "B";

/** How moment B follows moment A. */
export type Link =
  | { readonly kind: "pinned"; readonly step: number }
  | { readonly kind: "same"; readonly by: "step" | "record" | "time" }
  | { readonly kind: "before"; readonly records: number };

export interface LinkedMoment extends ModelId {
  readonly link: Link;
}

/** A subset that is shown; the key counts classes as A's run does, and `hue` is an index into the palette. */
export interface ShownSubset {
  readonly key: string;
  readonly hue: number;
}

/** A subject as the page shows it: hue says the subset, place and texture say the moment. */
export interface ShownSubject {
  readonly subject: Subject;
  readonly place: Place;
  /** The subset's key in A's run, by which the two moments of a subset belong together. */
  readonly key: string;
  readonly hue: number;
  /** Name of the subset, unique in A's run, for people. */
  readonly name: string;
}

export interface UnitId {
  readonly layer: string;
  readonly unit: number;
}

/** What units are sorted by: a subset's median at A or B, or an instance's activation at A or B. */
export type Term =
  | { readonly kind: "subset"; readonly place: Place; readonly key: string }
  | { readonly kind: "instance"; readonly place: Place; readonly instance: number };

export type Sort =
  | { readonly by: "index"; readonly descending: boolean }
  | { readonly by: "value"; readonly of: Term; readonly descending: boolean }
  | {
      readonly by: "difference" | "divergence";
      readonly of: Term;
      readonly from: Term;
      readonly descending: boolean;
    };

export interface ViewOptions {
  /** `null` is the default: divergence between the first two subjects, else the median of the only one. */
  readonly sort: Sort | null;
  readonly axis: "shared" | "own";
  readonly scale: "linear" | "symlog";
  readonly stacking: "overlay" | "stacked";
  /** With a B: A beside B, or A minus B. */
  readonly comparison: "beside" | "minus";
  readonly markedOnly: boolean;
  readonly search: string;
}

/** One input of the probe set. */
export interface Instance {
  readonly name: string;
  /** Class index, or -1. */
  readonly label: number;
  /** Index of the benign instance that this one is an altered copy of, or -1. */
  readonly pair: number;
  readonly note: string;
  readonly slices: readonly string[];
  readonly text: string;
}

export interface Instances {
  readonly hash: string;
  readonly pictured: boolean;
  readonly lossless: boolean;
  readonly instances: readonly Instance[];
}

export const GLYPHS = ["circle", "square", "triangle", "diamond", "cross", "star"] as const;
export type Glyph = (typeof GLYPHS)[number];

/** How a shown instance is marked, the same on its thumbnail and on its dots. */
export interface InstanceMark {
  readonly instance: number;
  readonly colour: string;
  readonly glyph: Glyph;
  /** 1-based, in the order of choice. */
  readonly number: number;
}

export interface DistributionSubject extends Subject {
  readonly inputs: number;
  readonly mode: string;
  readonly few: boolean;
  readonly identity: "same" | "weights" | "matched" | "none";
  readonly reason: string | null;
}

export type Distributions = Answer<
  {
    readonly counts: Counts;
    readonly zero: Counts;
    readonly under: Counts;
    readonly over: Counts;
    readonly nan: Counts;
    readonly infinite: Counts;
    readonly start: Floats;
    readonly width: Floats;
    readonly mean: Floats;
    readonly std: Floats;
    readonly quantiles: Floats;
    readonly unit: Counts;
    readonly correlation: Floats;
  },
  { readonly layer: string; readonly subjects: readonly DistributionSubject[] }
>;

export const UNMATCHED = 0xffffffff;

export type Divergence = Answer<
  {
    readonly wasserstein: Floats;
    readonly ratio: Floats;
    readonly jensen_shannon: Floats;
    readonly kolmogorov_smirnov: Floats;
  },
  unknown
>;

export interface LayerDifference {
  readonly name: string;
  readonly mean: number | null;
  readonly top: number | null;
  readonly telling: number | null;
  readonly units: number;
  readonly profile: readonly number[] | null;
  readonly reason: string | null;
}

export type History = Answer<
  {
    readonly counts: Counts;
    readonly zero: Counts;
    readonly under: Counts;
    readonly over: Counts;
    readonly nan: Counts;
    readonly infinite: Counts;
    readonly start: Floats;
    readonly width: Floats;
    readonly quantiles: Floats;
    readonly mean: Floats;
    readonly std: Floats;
  },
  { readonly steps: readonly number[] }
>;

export type Metrics = Answer<
  {
    readonly inputs: Counts;
    readonly correct: Counts;
    readonly predicted: Counts;
    readonly absolute_error: Floats;
    readonly squared_error: Floats;
    readonly confusion: Counts;
    readonly probability: Counts;
  },
  {
    readonly steps: readonly number[];
    readonly rows: readonly string[];
    readonly total: readonly number[];
    readonly unlabelled: readonly number[];
    readonly step: number;
  }
>;

export type Predictions = Answer<
  {
    readonly top: Counts;
    readonly probability: Floats;
    readonly label_probability: Floats;
    readonly energy: Floats;
    readonly margin: Floats;
    readonly outputs: Floats;
  },
  { readonly step: number }
>;

export type Activations = Answer<
  { readonly values: Floats; readonly percentile: Floats; readonly robust_z: Floats },
  { readonly step: number; readonly subsetStep: number; readonly inputs: number }
>;

export interface Distance {
  readonly tail: number | null;
  readonly surprisal: number | null;
  readonly robustZ: number | null;
  readonly inputs: number;
}

export interface NeuralDivergence {
  readonly step: number;
  readonly instances: readonly {
    readonly instance: number;
    readonly predicted: number;
    readonly label: number;
    readonly maxSoftmax: number;
    readonly layers: readonly {
      readonly name: string;
      readonly predicted: Distance | null;
      readonly label: Distance | null;
      /** Why a distance that could be expected is missing. */
      readonly reason: string | null;
    }[];
  }[];
}

/** Something asked for over the network. While a newer answer is under way the previous one stays in sight. */
export type Remote<T> =
  | { readonly state: "loading"; readonly value: T | null }
  | { readonly state: "ready"; readonly value: T }
  | { readonly state: "failed"; readonly value: T | null; readonly message: string };
