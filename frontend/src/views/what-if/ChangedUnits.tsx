import type { Model } from "../../api/schema";
import type { ChangedUnit, Strip } from "../../api/types";
import { short } from "../../model/format";
import { drawable, position, scaleOver, span } from "../../model/scale";
import { range } from "../../plot/chart";
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
        <Bars values={activation} at={frame} />
      </td>
      <td class="number">
        <span aria-hidden="true">{more ? "↑" : "↓"}</span> {short(first, 2)} → {short(last, 2)}
      </td>
    </tr>
  );
}

/** A bar a frame, from zero; the chosen frame stands out. */
function Bars({ values, at }: { readonly values: readonly number[]; readonly at: number }) {
  const y = scaleOver("linear", drawable(span([0, 0], range(values))), [HEIGHT - 1, 1]);
  const step = WIDTH / values.length;
  const zero = position(y, 0);
  return (
    <svg
      class="bars"
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={values.map((value) => short(value, 2)).join(", ")}
    >
      <line x2={WIDTH} y1={zero} y2={zero} />
      {values.map((value, frame) => {
        const top = position(y, value);
        return (
          Number.isFinite(value) && (
            <rect
              key={frame}
              class={frame === at ? "is-at" : ""}
              x={frame * step}
              y={Math.min(top, zero)}
              width={Math.max(1, step - 1)}
              height={Math.max(0.5, Math.abs(zero - top))}
            />
          )
        );
      })}
    </svg>
  );
}
