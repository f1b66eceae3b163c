/** One typed function a route about classes, units and their pictures; see ask.ts for how it is asked. */

import {
  type Argument,
  address,
  arrays,
  json,
  modelArguments,
  momentArguments,
  subjectArgument,
  unitArguments,
} from "./ask";
import type {
  Atlas,
  Embedding,
  Examples,
  Facets,
  Graph,
  GraphOptions,
  Influence,
  Measure,
  Serves,
  Similarity,
  Thumbnails,
  UnitNames,
} from "./graphTypes";
import type { ModelId, Moment, Subject, UnitId } from "./types";

/** How activation counts are taken: of which mass, and which share of it; what is null is the default. */
export type Counting = Pick<GraphOptions, "mass" | "of">;

/** What of the options changes which nodes and edges there are. */
export type GraphQuestion = Pick<
  GraphOptions,
  "measure" | "mass" | "of" | "keep" | "lift" | "directed" | "open"
>;

/** The attribution graph of one subject, or two compared. */
export function graph(subjects: readonly Subject[], question: GraphQuestion): Promise<Graph> {
  const { measure, mass, of, keep, lift, directed, open } = question;
  return json("graph", [
    ...subjects.map(subjectArgument),
    ...countingArguments({ mass, of }),
    ...(measure === null ? [] : [["measure", measure] as const]),
    ...(keep === null ? [] : [["keep", String(keep)] as const]),
    ...(lift ? [["lift", "1"] as const] : []),
    ...(directed ? [["directed", "1"] as const] : []),
    ...open.map((layer): Argument => ["open", layer]),
  ]);
}

export function similarity(
  subject: Subject,
  layer: string,
  counting: Counting,
): Promise<Similarity> {
  const args = [subjectArgument(subject), layerArgument(layer), ...countingArguments(counting)];
  return arrays<Similarity>("similarity", args, { similarity: "floats" });
}

/** The classes' maps of all layers. */
export function embedding(moment: Moment, counting: Counting): Promise<Embedding> {
  const args = [...momentArguments(moment), ...countingArguments(counting)];
  return arrays<Embedding>("embedding", args, {
    xy: "floats",
    inputs: "counts",
  });
}

export function examples(moment: Moment, unit: UnitId): Promise<Examples> {
  return json("examples", [...momentArguments(moment), ...unitId(unit)]);
}

export function facets(moment: Moment): Promise<Facets> {
  return json("facets", momentArguments(moment));
}

/** Address of the picture that holds a layer's feature visualisations. */
export function facetAtlas(model: ModelId, layer: string, { id }: Pick<Atlas, "id">): string {
  return address("facet_atlas", [...modelArguments(model), layerArgument(layer), ["id", id]]);
}

/** Pictures of `count` instances of the probe set from `first` on. */
export function thumbnails(
  model: ModelId,
  hash: string,
  first: number,
  count: number,
): Promise<Thumbnails> {
  const page = Object.entries({ hash, first, count }).map(
    ([name, of]): Argument => [name, `${of}`],
  );
  return arrays<Thumbnails>("thumbnails", [...modelArguments(model), ...page], {
    bytes: "counts",
    offset: "counts",
  });
}

export function influence(subject: Subject, unit: UnitId, measure?: Measure): Promise<Influence> {
  const by: Argument[] = measure === undefined ? [] : [["measure", measure]];
  return json("influence", [subjectArgument(subject), ...unitId(unit), ...by]);
}

/** The classes that a unit serves, and its history for the subject. */
export function serves(subject: Subject, unit: UnitId, counting: Counting): Promise<Serves> {
  return json("serves", [
    ...momentArguments(subject),
    ...unitId(unit),
    subjectArgument(subject),
    ...countingArguments(counting),
  ]);
}

/** The names that the script gave to units. */
export function names(model: ModelId): Promise<UnitNames> {
  return json("names", modelArguments(model));
}

const layerArgument = (layer: string): Argument => ["layer", layer];

const unitId = ({ layer, unit }: UnitId): Argument[] => [
  layerArgument(layer),
  ...unitArguments(unit),
];

const countingArguments = ({ mass, of }: Counting): Argument[] => [
  ...(mass === null ? [] : [["mass", String(mass)] as const]),
  ...(of === null ? [] : [["of", of] as const]),
];
