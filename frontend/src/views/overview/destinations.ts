/** Where else on the page there is more, and what would have to be recorded for it. */

import type { Model } from "../../api/schema";

/** Titles of the views, by id; a view may not know another one. */
export const VIEW_NAMES: Readonly<Record<string, string>> = {
  architecture: "Architecture",
  distributions: "Distributions",
  graph: "Graph",
  projections: "Projections",
  "what-if": "What if",
};

/** Something that may be recorded. */
export interface Recordable {
  readonly name: string;
  /** How much of it there is; null where it is not recorded. */
  readonly told: string | null;
  /** The view that shows it. */
  readonly view: string | null;
  /** What it adds, and the line that records it. */
  readonly adds: string;
  readonly code: string;
}

const count = (size: number, noun: string): string =>
  `${size.toLocaleString("en")} ${noun}${size === 1 ? "" : "s"}`;

/** What a run may have recorded, in the order in which it is worth adding. */
export function recordables(model: Model): readonly Recordable[] {
  const steps = (kind: string) => model.recorded[kind] ?? [];
  const records = (found: readonly number[]) =>
    found.length ? count(found.length, "record") : null;
  const { probe } = model;
  const hasClasses = model.classes.length > 0;
  return [
    {
      name: "distributions",
      told: records(steps("histograms")),
      view: "distributions",
      adds: "how activations are distributed, unit by unit",
      code: "recorder.run(loader)",
    },
    {
      name: "metrics of classes",
      told: records(steps("class_metrics")),
      view: null,
      adds: "how good the model is, and what it confuses; batches need labels",
      code: "Recorder(model, classes=classes).run(loader)",
    },
    {
      name: "probe set",
      told: probe && count(probe.size, "instance"),
      view: "projections",
      adds: "single inputs followed through all steps, and maps of them",
      code: "Recorder(model, classes=classes, probe=ProbeSet.sample(dataset))",
    },
    {
      name: "attribution graphs",
      told: model.graph && records(model.graph.steps),
      view: "graph",
      adds: "through which units the model comes to a class",
      code: "Recorder(model, classes=classes, graph=Graph())",
    },
    {
      name: "ablations",
      told: records(model.ablationSteps),
      view: "what-if",
      adds: "what each class loses without a unit: verifies which units drive a confusion",
      code: "add_ablations(writer, recorder, loader, step=step)",
    },
    {
      name: "feature visualizations",
      told: records(model.facetSteps),
      view: "graph",
      adds: "what units look for",
      code: "add_feature_visualizations(writer, recorder, step=step)",
    },
    {
      name: "adversarial strips",
      told: model.strips ? count(model.strips, "strip") : null,
      view: "what-if",
      adds: "what would have to change about an input for another prediction",
      code: "add_adversarial_strips(writer, recorder, [0, 1, 2], step=step)",
    },
    {
      name: "saliency maps",
      told: Object.keys(model.saliency).join(", ").replaceAll("_", " ") || null,
      view: "what-if",
      adds: "which pixels a prediction rests on",
      code: "add_saliency(writer, recorder, [0, 1, 2], step=step)",
    },
    {
      name: "attack report",
      told: records(model.attackReportSteps),
      view: "what-if",
      adds: "whether attacks can be told from benign inputs",
      code: "add_attack_report(writer, recorder, images, labels, step=step, reference=(others, their_labels))",
    },
  ].filter(({ name, told }) => hasClasses || told !== null || !NEED_CLASSES.has(name));
}

const NEED_CLASSES: ReadonlySet<string> = new Set([
  "ablations",
  "adversarial strips",
  "attack report",
  "saliency maps",
]);
