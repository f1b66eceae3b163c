import { ofMoment, request } from "../../api/ask";
import type { Model } from "../../api/schema";
import type { UnitId } from "../../api/types";
import { useAnswer } from "../../state/answers";
import * as state from "../../state/store";
import { Explained } from "../../ui/Explained";

interface Props {
  readonly unit: UnitId;
  readonly model: Model;
}

/** Says of a unit that it is dead at A, and whether it died; nothing of others. */
export function DeadBadge({ unit, model }: Props) {
  const moment = state.a.value;
  const { value } = useAnswer(
    moment && "moments" in model.recorded
      ? request("dead_units", { ...ofMoment(moment), layer: unit.layer })
      : null,
  );
  if (!value?.units.includes(unit.unit)) return null;
  const since = value.before.includes(unit.unit)
    ? `, as at step ${value.first}`
    : `; at step ${value.first} it was not`;
  return (
    <Explained
      class="mark"
      text={`exactly 0 on all ${value.inputs.toLocaleString("en")} inputs at step ${value.step}${since}`}
    >
      {value.before.includes(unit.unit) ? "dead" : "died"}
    </Explained>
  );
}
