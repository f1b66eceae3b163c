import { defineView } from "../define";
import { GraphView } from "./GraphView";
import { graphOptions } from "./options";

export const graph = defineView({
  id: "graph",
  title: "Graph",
  options: graphOptions,
  View: GraphView,
  keys: [
    ["arrows in a graph", "← → within a row, ↑ ↓ along the strongest edge; Enter opens the unit"],
    ["Shift ← →", "in a graph: the unit's next feature visualisation"],
    [
      "↑ ↓ ← → on the map",
      "move from class to class; Enter chooses one, + and − zoom, 0 shows all",
    ],
  ],
});
