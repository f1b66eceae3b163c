import { defineView } from "../define";
import { projectionOptions } from "./options";
import { ProjectionsView } from "./ProjectionsView";

const PROBE_CODE = `from summary_ops import ProbeSet, Recorder

recorder = Recorder(model, probe=ProbeSet.sample(test_set))
recorder.run(loader)
recorder.write(writer, step)`;

export const projections = defineView({
  id: "projections",
  title: "Projections",
  options: projectionOptions,
  View: ProjectionsView,
  needs: ["pivot_distances", "projection_map"],
  missing: ({ probe }) => ({
    title: probe ? "No projections are recorded" : "No probe set in this run",
    text: probe
      ? "This run has a probe set, but no distances between its activations: its Recorder had projection=None, or its inputs did not come through run or write_probe."
      : "Maps show the inputs of the probe set, the same ones at every step: each layer places those near one another that it treats alike.",
    code: PROBE_CODE,
  }),
  keys: [
    ["arrows on a map", "in Projections: ← → layer, ↑ ↓ step; Space plays along the layers"],
    ["Shift + arrows", "in Projections: from point to point; Enter chooses, with Shift adds"],
    ["Shift + drag", "in Projections: choose what is drawn around, besides what is chosen"],
  ],
});
