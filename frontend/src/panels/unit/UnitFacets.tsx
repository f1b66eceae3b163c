import type { Model } from "../../api/schema";
import type { UnitId } from "../../api/types";
import { facets } from "../../state/pictures";
import * as state from "../../state/store";
import { Picture } from "../../ui/Picture";

interface Props {
  readonly unit: UnitId;
  readonly model: Model;
}

/** Pixels a picture is drawn at before it is fit into the row. */
const SIZE = 72;

/** The pictures that excite the unit most. */
export function UnitFacets({ unit, model }: Props) {
  const step = state.a.value?.step ?? 0;
  const crops = facets(model, step, unit);
  if (crops.length === 0) return null;
  const at = crops[0]?.step;
  return (
    <section>
      <h3>
        Feature visualizations{" "}
        {at !== undefined && at !== step && (
          <span class="faint">at step {at.toLocaleString("en")}</span>
        )}
      </h3>
      <div class="facets">
        {crops.map((crop, place) => (
          <Picture
            key={place}
            crop={crop}
            size={SIZE}
            label={`Feature visualization ${place + 1} of unit ${unit.unit}`}
          />
        ))}
      </div>
    </section>
  );
}
