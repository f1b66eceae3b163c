import { defineView } from "../define";
import { GraphView } from "./GraphView";
import { graphOptions } from "./options";

export const graph = defineView({
  id: "graph",
  title: "Graph",
  options: graphOptions,
  View: GraphView,
  keys: [
    ["Arrows in a graph", "← → within a row, ↑ ↓ along the strongest edge; Enter opens the unit"],
    ["Shift ← →", "In a graph: next feature visualization of the unit"],
    ["Arrows on a map", "On the map of classes: move between classes; Enter selects one"],
  ],
});
