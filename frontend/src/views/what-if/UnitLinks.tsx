import type { Model } from "../../api/schema";
import type { UnitId } from "../../api/types";
import { toggledUnit } from "../../state/selection";
import * as state from "../../state/store";
import { unitTitle } from "../../state/unitNames";

interface Props {
  readonly model: Model;
  readonly unit: UnitId;
  /** What more is said of it. */
  readonly note?: string;
}

/** A unit's name, which opens its panel, and the ways to it in the other views, where it is marked. */
export function UnitLinks({ model, unit, note }: Props) {
  const title = unitTitle(model, unit);
  const whole = `${title} of ${unit.layer}`;
  const isOpen = state.unit.value?.layer === unit.layer && state.unit.value.unit === unit.unit;
  const go = (view: string) => {
    const shown = new Set([...(state.layers.value ?? []), unit.layer]);
    const layers = model.layers.map(({ name }) => name).filter((name) => shown.has(name));
    const marked = state.marked.value ?? new Map();
    const isMarked = marked.get(unit.layer)?.includes(unit.unit) ?? false;
    state.choose({ view, unit, layers, marked: isMarked ? marked : toggledUnit(marked, unit) });
  };
  return (
    <span class="unit-links">
      <button
        type="button"
        class="plain unit-link"
        aria-pressed={isOpen}
        title={note ? `Open ${whole}: ${note}` : `Open ${whole}`}
        onClick={() => state.choose({ unit })}
      >
        <bdi class="name">{title}</bdi>
      </button>
      <button
        type="button"
        class="plain"
        aria-label={`${whole} in Distributions`}
        data-undrawn
        title="Open in Distributions"
        onClick={() => go("distributions")}
      >
        D
      </button>
      {model.graph && (
        <button
          type="button"
          class="plain"
          aria-label={`${whole} in Graph`}
          data-undrawn
          title="Open in Graph"
          onClick={() => go("graph")}
        >
          G
        </button>
      )}
    </span>
  );
}
