import type { Model } from "../api/schema";
import { className } from "../model/names";
import { type Confusion, explained } from "../state/shared";
import * as state from "../state/store";

interface Props {
  readonly model: Model;
  readonly confusion: Confusion;
}

/** Asks why a class is predicted as another; what explains it opens in the overview. */
export function WhyButton({ model, confusion }: Props) {
  const [truth, predicted] = confusion.map((index) => className(model, index));
  return (
    <button
      type="button"
      class="why-button"
      aria-label={`Why is ${truth} predicted as ${predicted}?`}
      title={`Why is ${truth} predicted as ${predicted}?`}
      data-undrawn
      onClick={() => {
        explained.choose({ why: confusion });
        state.choose({ view: "overview" });
      }}
    >
      Why?
    </button>
  );
}
