/** Whose graph is shown, and what its units look like and are called. */

import { hueColour, type Theme } from "../../color";
import type { Graph, GraphSubject } from "../../graphTypes";
import { className } from "../../names";
import { type Crop, facets, instancePicture } from "../../pictures";
import * as state from "../../state";
import type { Model, ShownSubject } from "../../types";
import { unitName } from "../../unitNames";
import { isMatched, type SceneNode, unitLabel } from "./scene";

/** A subject with what was found of it. */
export interface GraphedSubject {
  readonly shown: ShownSubject;
  readonly model: Model;
  readonly found: GraphSubject;
  readonly colour: string;
  /** Told apart from the other subject: `cat`, or `cat at A`. */
  readonly name: string;
}

/** The first two subjects that have a graph; and the names of those of the first two that have none. */
export function graphSubjects(): {
  readonly subjects: readonly ShownSubject[];
  readonly missing: readonly ShownSubject[];
} {
  const has = ({ place, subject }: ShownSubject) =>
    modelAt(place)?.graph?.subsets.includes(subject.subset) ?? false;
  const first = state.subjects.value.slice(0, 2);
  return { subjects: first.filter(has), missing: first.filter((subject) => !has(subject)) };
}

const modelAt = (place: ShownSubject["place"]): Model | null =>
  place === "A" ? state.modelA.value : state.modelB.value;

/** What is shown with what the answer says of it; empty when the models are gone. */
export function graphed(
  { subjects }: Graph,
  shown: readonly ShownSubject[],
  theme: Theme,
): readonly GraphedSubject[] {
  const together = shown.every(({ key }) => key === shown[0]?.key);
  return shown.flatMap((subject, place): GraphedSubject[] => {
    const [model, found] = [modelAt(subject.place), subjects[place]];
    if (!model || !found) return [];
    const name =
      shown.length > 1 && together ? `${subject.name} at ${subject.place}` : subject.name;
    return [{ shown: subject, model, found, colour: hueColour(subject.hue, theme), name }];
  });
}

interface Pictures {
  /** Feature visualisations. */
  readonly facets: readonly Crop[];
  /** What of the probe set excites the unit most, best first. */
  readonly examples: readonly Crop[];
}

const NONE: Pictures = { facets: [], examples: [] };

/** What shows a unit; reading it subscribes to pictures that are under way. */
export function picturesOf(
  { node, layer }: SceneNode,
  subjects: readonly GraphedSubject[],
): Pictures {
  const side = node.side === "B" && (node.other !== null || !node.matched) ? 1 : 0;
  const owner = subjects[side];
  if (!owner) return NONE;
  const { model, found } = owner;
  const unit = side === 1 ? (node.other ?? node.unit) : node.unit;
  return {
    facets: facets(model, found.step, { layer: layer.name, unit }),
    examples: node.examples.flatMap(
      ([instance, ...box]) => instancePicture(model, instance, box) ?? [],
    ),
  };
}

/** The name of a node's unit: what somebody called it, of an output its class; null without either. */
export function nameOf(
  { node, layer }: SceneNode,
  subjects: readonly GraphedSubject[],
): string | null {
  const foreign = node.side === "B" && !node.matched;
  const model = subjects[foreign ? 1 : 0]?.model;
  if (!model) return null;
  const given = unitName(model, { layer: layer.name, unit: node.unit });
  if (given !== null) return given;
  const outputs = layer.output && model.classes.length === layer.units;
  return outputs ? className(model, node.unit) : null;
}

/** `features.3 · unit 62 dog face`. */
export function titleOf(
  node: SceneNode,
  graph: Graph,
  subjects: readonly GraphedSubject[],
): string {
  const name = nameOf(node, subjects);
  const label = unitLabel(node, isMatched(graph));
  return `${node.layer.name} · unit ${label}${name === null ? "" : ` ${name}`}`;
}

/** What a side is called: `only cat`, `both`. */
export function sideName(side: "A" | "both" | "B", subjects: readonly GraphedSubject[]): string {
  if (side === "both") return "both";
  return `only ${subjects[side === "A" ? 0 : 1]?.name ?? side}`;
}
