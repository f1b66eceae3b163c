import { defineView } from "../define";
import { Distributions } from "./Distributions";
import { distributionOptions } from "./options";

export const distributions = defineView({
  id: "distributions",
  title: "Distributions",
  options: distributionOptions,
  View: Distributions,
  keys: [
    ["↑ ↓ in a panel", "Move between units; M or Space marks one, H hides it, Enter opens it"],
  ],
});
