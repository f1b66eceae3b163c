import { listed } from "../../model/sentences";
import type { ShownSubject } from "../../model/shown";
import * as state from "../../state/store";
import { defineView } from "../define";
import { lazily } from "../lazily";
import { graphOptions } from "./options";

/** With a B, of which snapshot as well. */
const named = ({ name, place }: ShownSubject): string =>
  state.b.value ? `${name} at ${place}` : name;

export const graph = defineView({
  id: "graph",
  title: "Graph",
  options: graphOptions,
  View: lazily(async () => (await import("./GraphView")).GraphView),
  showsUnit: true,
  sentence: () => {
    const names = state.subjects.value.slice(0, 2).map(named);
    return `Units that matter for ${listed(names)}, and how they influence one another.`;
  },
  rail: { acts: ["subsets"] },
  keys: [
    [
      "Arrows in a graph",
      "Move between the units of a layer, and along the strongest edge to another; Enter opens the unit",
    ],
    ["Shift ← →", "In a graph: next feature visualization of the unit"],
    ["Arrows on a map", "On the map of classes: move between classes; Enter selects one"],
  ],
});
