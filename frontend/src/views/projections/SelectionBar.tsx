import { useMemo } from "preact/hooks";
import * as state from "../../state/store";
import type { Facts } from "./colouring";
import { composition } from "./filter";
import { projectionOptions } from "./options";

interface Props {
  readonly facts: Facts;
  readonly selected: readonly number[];
  /** Instances on the maps, and how many there would be without a filter. */
  readonly shown: number;
  readonly all: number;
  readonly isFiltered: boolean;
}

/** What is selected and filtered, and the ways out of both; always there, so that nothing moves when one selects. */
export function SelectionBar({ facts, selected, shown, all, isFiltered }: Props) {
  const { instances, predictions, model, subsets } = facts;
  const words = useMemo(
    () => composition(selected, instances, predictions, model),
    [selected, instances, predictions, model],
  );
  return (
    <div class="selection-bar">
      {isFiltered && (
        <span>
          Showing {shown.toLocaleString("en")} of {all.toLocaleString("en")} instances:{" "}
          {subsets.length === 1 ? "1 subset" : `${subsets.length} subsets`}{" "}
          <button type="button" onClick={() => projectionOptions.choose({ subsetsOnly: false })}>
            Show all
          </button>
        </span>
      )}
      {selected.length === 0 && (
        <span class="faint">
          No selection: click an instance, or draw around some with Lasso or Box
        </span>
      )}
      {selected.length > 0 && (
        <span>
          {words}{" "}
          <button
            type="button"
            title="Clear the selection (Escape on the map)"
            onClick={() => state.choose({ instances: [] })}
          >
            Clear
          </button>
        </span>
      )}
    </div>
  );
}
