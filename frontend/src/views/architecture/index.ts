import { listed, where } from "../../model/sentences";
import type { ShownSubject } from "../../model/shown";
import * as state from "../../state/store";
import { defineView } from "../define";
import { lazily } from "../lazily";
import { architectureOptions } from "./options";

/** With a B, of which snapshot as well. */
const named = ({ name, place }: ShownSubject): string =>
  state.b.value ? `${name} at ${place}` : name;

export const architecture = defineView({
  id: "architecture",
  title: "Architecture",
  options: architectureOptions,
  View: lazily(async () => (await import("./ArchitectureView")).ArchitectureView),
  sentence: ({ a, options: { shade } }) => {
    const pair = state.comparison.value?.map(named) ?? [];
    const what = {
      divergence: pair.length ? `divergence between ${listed(pair)}` : "divergence",
      dead: "share of dead units",
      change: "change since an earlier step",
      separability: "separability of the classes",
      none: null,
    }[shade];
    return `Recorded layers and their links${what ? `, coloured by ${what}` : ""}: ${where(a, state.momentB.value)}.`;
  },
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
