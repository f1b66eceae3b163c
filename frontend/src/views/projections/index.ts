import { where } from "../../model/sentences";
import * as state from "../../state/store";
import { defineView } from "../define";
import { lazily } from "../lazily";
import { projectionOptions } from "./options";

const PROBE_CODE = `from summary_ops import ProbeSet, Recorder

recorder = Recorder(model, probe=ProbeSet.sample(test_set))
recorder.run(loader)
recorder.write(writer, step)`;

export const projections = defineView({
  id: "projections",
  title: "Projections",
  options: projectionOptions,
  View: lazily(async () => (await import("./ProjectionsView")).ProjectionsView),
  needs: ["pivot_distances", "projection_map"],
  missing: ({ probe }) => ({
    title: probe ? "No projections recorded" : "No probe set recorded",
    text: probe
      ? "This run has a probe set, but no distances between its activations: its Recorder had projection=None, or saw no inputs through run or write_probe."
      : "Maps show the probe set, the same inputs at every step: each layer places inputs near one another that activate it alike.",
    code: PROBE_CODE,
  }),
  sentence: ({ model, a, options: { layer } }) => {
    const size = model.probe?.size.toLocaleString("en") ?? "";
    const name = typeof layer === "object" ? layer[0] : layer;
    return `The ${size} inputs of the probe set, near each other where ${name} answers alike: ${where(a, state.momentB.value)}.`;
  },
  rail: {
    acts: ["layers", "subsets", "instances"],
    layer: {
      now: () => {
        const { layer } = projectionOptions.value;
        return typeof layer === "object" ? layer[0] : String(layer);
      },
      go: (layer) => projectionOptions.choose({ layer }),
    },
    onSubset: () =>
      projectionOptions.choose({ subsetsOnly: (state.subsets.peek() ?? []).length > 0 }),
  },
  keys: [
    ["Arrows on a map", "In Projections: ← → layer, ↑ ↓ step; Space plays along the layers"],
    ["Shift + arrows", "In Projections: move between points; Enter selects, Shift + Enter adds"],
    ["Shift + drag", "In Projections: add what is drawn around to the selection"],
    ["Escape", "In Projections: clear the selection"],
  ],
});
