import { subsetName } from "../../model/names";
import { listed, reason, where } from "../../model/sentences";
import * as state from "../../state/store";
import { defineView } from "../define";
import { lazily } from "../lazily";
import { distributionOptions } from "./options";

export const distributions = defineView({
  id: "distributions",
  title: "Distributions",
  options: distributionOptions,
  View: lazily(async () => (await import("./Distributions")).Distributions),
  sentence: ({ model, a }) => {
    const shown = state.subsets.value ?? [];
    const names = shown.map(({ key }) => subsetName(model, key));
    const layers = listed(state.layers.value ?? []);
    return `Activations of the units of ${layers} for ${listed(names)}${reason(model, shown)}: ${where(a, state.momentB.value)}.`;
  },
  keys: [
    ["↑ ↓ in a panel", "Move between units; M or Space marks one, H hides it, Enter opens it"],
  ],
});
