import type { Ablation, AblationsOf, Model } from "../../api/schema";
import { short } from "../../model/format";
import { shownName, subsetName } from "../../model/names";
import { position, scaleOver } from "../../model/scale";
import { Chart } from "../../plot/Chart";
import * as state from "../../state/store";
import { unitTitle } from "../../state/unitNames";
import { agreement, changes, changeText } from "./removal";

interface Props {
  readonly model: Model;
  readonly removed: AblationsOf;
  readonly rows: readonly Ablation[];
}

const SIDE = 288;
const LEFT = 52;
const BELOW = 32;

/** Predicted against measured: on the diagonal the prediction is right. */
export function RemovalScatter({ model, removed, rows }: Props) {
  const known = rows.filter(({ predicted, measured }) => predicted !== null && measured !== null);
  const domain = changes(removed.rows);
  const x = scaleOver("linear", domain, [LEFT, SIDE - 8]);
  const y = scaleOver("linear", domain, [SIDE - BELOW, 8]);
  const [low, high] = x.domain;
  const r = agreement(known);
  return (
    <figure class="removal-scatter">
      <Chart
        width={SIDE}
        height={SIDE}
        label={`predicted against measured change of the logit of ${subsetName(model, removed.subset)}`}
        x={{ scale: x, digits: 2, lines: "across" }}
        y={{ scale: y, digits: 2, apart: 44, lines: "across" }}
      >
        <line
          class="diagonal"
          x1={position(x, low)}
          y1={position(y, low)}
          x2={position(x, high)}
          y2={position(y, high)}
        />
        <text x={(LEFT + SIDE) / 2} y={SIDE - 4} text-anchor="middle">
          predicted change of the logit
        </text>
        <text transform={`translate(9 ${(SIDE - BELOW) / 2}) rotate(-90)`} text-anchor="middle">
          measured
        </text>
        {known.map((row) => (
          <Dot
            key={`${row.layer} ${row.unit}`}
            model={model}
            row={row}
            x={position(x, -(row.predicted ?? 0))}
            y={position(y, -(row.measured ?? 0))}
          />
        ))}
      </Chart>
      <figcaption class="faint">
        {known.length} units{Number.isFinite(r) && `, correlation ${short(r, 3)}`}; dashed:
        predicted = measured
      </figcaption>
    </figure>
  );
}

interface DotProps {
  readonly model: Model;
  readonly row: Ablation;
  readonly x: number;
  readonly y: number;
}

function Dot({ model, row, x, y }: DotProps) {
  const { layer, unit, predicted, measured } = row;
  const isOpen = state.unit.value?.layer === layer && state.unit.value.unit === unit;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the table beside it opens units by keys
    <circle
      class={isOpen ? "is-open" : ""}
      cx={x}
      cy={y}
      r={4}
      onClick={() => state.choose({ unit: { layer, unit } })}
    >
      <title>
        {`${unitTitle(model, { layer, unit })} of ${shownName(layer)}: predicted ${changeText(predicted)}, measured ${changeText(measured)}`}
      </title>
    </circle>
  );
}
