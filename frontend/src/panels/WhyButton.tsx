import type { Model } from "../api/schema";
import { className } from "../model/names";
import { openLink } from "../state/links";
import type { Confusion } from "../state/shared";

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
      onClick={() => openLink({ view: "overview", overview: { why: confusion } })}
    >
      Why?
    </button>
  );
}
