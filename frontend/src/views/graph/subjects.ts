/** Whose graph is shown, and what its units look like and are called. */

import type { Graph, GraphSubject, Model } from "../../api/schema";
import { hueColour, type Theme } from "../../model/color";
import type { Crop } from "../../model/crop";
import type { ShownSubject } from "../../model/shown";
import { facets, instancePicture } from "../../state/pictures";
import * as state from "../../state/store";
import { outputName, unitName } from "../../state/unitNames";
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

/** Feature visualisations of a node's unit; reading them subscribes to those under way. */
export function facetsOf(node: SceneNode, subjects: readonly GraphedSubject[]): readonly Crop[] {
  const { owner, unit } = ownerOf(node, subjects);
  if (!owner) return [];
  return facets(owner.model, owner.found.step, { layer: node.layer.name, unit });
}

/** What of the probe set excites a node's unit most, best first; likewise. */
export function examplesOf(
  node: SceneNode,
  subjects: readonly GraphedSubject[],
  most: number,
): readonly Crop[] {
  const { owner } = ownerOf(node, subjects);
  if (!owner) return [];
  return node.node.examples
    .slice(0, most)
    .flatMap(([instance, ...box]) => instancePicture(owner.model, instance, box) ?? []);
}

/** What a node looks like: a feature visualisation, else its best example; null without either. */
export function faceOf(
  node: SceneNode,
  subjects: readonly GraphedSubject[],
  facet = 0,
): Crop | null {
  const found = facetsOf(node, subjects);
  return found[facet] ?? found[0] ?? examplesOf(node, subjects, 1)[0] ?? null;
}

/** Whose pictures show a node: those of B where only B has it. */
function ownerOf({ node }: SceneNode, subjects: readonly GraphedSubject[]) {
  const isOfB = node.side === "B" && (node.other !== null || !node.matched);
  return isOfB
    ? { owner: subjects[1], unit: node.other ?? node.unit }
    : { owner: subjects[0], unit: node.unit };
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
  return outputName(model, { layer: layer.name, unit: node.unit });
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
