import { defineView } from "../define";
import { ArchitectureView } from "./ArchitectureView";
import { architectureOptions } from "./options";

export const architecture = defineView({
  id: "architecture",
  title: "Architecture",
  options: architectureOptions,
  View: ArchitectureView,
  rail: {
    acts: ["layers", "subsets"],
    layer: {
      now: () => architectureOptions.value.layer,
      go: (layer) => architectureOptions.choose({ layer }),
    },
  },
  keys: [
    ["Arrows in Architecture", "Move to the nearest node; Enter opens a block or selects a layer"],
  ],
});
