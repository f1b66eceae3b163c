import type { Model } from "../../api/schema";
import type { ChangedUnit, Strip } from "../../api/types";
import { short } from "../../model/format";
import { Bars } from "../../plot/Bars";
import { UnitFace } from "./UnitFace";
import { UnitLinks } from "./UnitLinks";

interface Props {
  readonly model: Model;
  readonly strip: Strip;
  readonly frame: number;
}

/** The units that change most over a strip, a small chart each, by layer. */
export function ChangedUnits({ model, strip, frame }: Props) {
  const layers = strip.layers.filter(({ units }) => units.length > 0);
  if (layers.length === 0) return null;
  return (
    <section class="changed-units" aria-label="Most changed units">
      <h2>
        Most changed units per layer{" "}
        <span class="faint">activation at each frame; click a name to open the unit</span>
      </h2>
      <div>
        {layers.map(({ layer, units }) => (
          <table key={layer} data-layer={layer}>
            <caption>
              <bdi>{layer}</bdi>
            </caption>
            <tbody>
              {units.map((changed) => (
                <ChangedLine
                  key={changed.unit}
                  model={model}
                  layer={layer}
                  changed={changed}
                  frame={frame}
                  step={strip.step}
                />
              ))}
            </tbody>
          </table>
        ))}
      </div>
    </section>
  );
}

interface LineProps {
  readonly model: Model;
  readonly layer: string;
  readonly changed: ChangedUnit;
  readonly frame: number;
  readonly step: number;
}

const WIDTH = 88;
const HEIGHT = 24;

function ChangedLine({ model, layer, changed, frame, step }: LineProps) {
  const { unit, activation } = changed;
  const [first = Number.NaN, last = Number.NaN] = [activation[0], activation.at(-1)];
  const more = last >= first;
  return (
    <tr data-unit={unit}>
      <td class="unit-face">
        <UnitFace model={model} step={step} unit={{ layer, unit }} />
      </td>
      <th scope="row">
        <UnitLinks model={model} unit={{ layer, unit }} />
      </th>
      <td>
        <Bars
          values={activation}
          at={frame}
          width={WIDTH}
          height={HEIGHT}
          label={activation.map((value) => short(value, 2)).join(", ")}
        />
      </td>
      <td class="number">
        <span aria-hidden="true">{more ? "↑" : "↓"}</span> {short(first, 2)} → {short(last, 2)}
      </td>
    </tr>
  );
}
