import type { Ablation, AblationsOf, Model } from "../../api/schema";
import { short } from "../../model/format";
import { subsetName } from "../../model/names";
import { position, type Scale, scaleOver, ticks } from "../../model/scale";
import { Explained } from "../../ui/Explained";
import { Name } from "../../ui/Name";
import { Stat } from "../../ui/Stat";
import { accuracyText, changes, changeText, takenText } from "./removal";
import { UnitFace } from "./UnitFace";
import { UnitLinks } from "./UnitLinks";

interface Props {
  readonly model: Model;
  readonly removed: AblationsOf;
  readonly rows: readonly Ablation[];
  readonly step: number;
}

const WIDTH = 200;
const HEIGHT = 24;

/** The ablated units: predicted and measured change. */
export function RemovalTable({ model, removed, rows, step }: Props) {
  const x = scaleOver("linear", changes(removed.rows), [8, WIDTH - 8]);
  const name = subsetName(model, removed.subset);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section class="removal-table" tabIndex={0} aria-label="Ablated units">
      <table>
        <thead>
          <tr>
            <td />
            <th scope="col">unit</th>
            <th scope="col">layer</th>
            <th scope="col">
              <Explained text="Change of the logit: ○ predicted, ● measured">
                <ChangeAxis x={x} name={name} />
              </Explained>
            </th>
            <th scope="col" class="number">
              <Stat of="predictedChange">predicted ○</Stat>
            </th>
            <th scope="col" class="number">
              <Stat of="measuredChange">measured ●</Stat>
            </th>
            <th scope="col" class="number">
              <Stat of="accuracy" />
            </th>
            <th scope="col">
              <Stat of="gained" />
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Line key={`${row.layer} ${row.unit}`} model={model} row={row} x={x} step={step} />
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p class="note">No unit of this layer was measured for {name}.</p>}
    </section>
  );
}

function ChangeAxis({ x, name }: { readonly x: Scale; readonly name: string }) {
  return (
    <svg
      class="change-axis"
      width={WIDTH}
      height={28}
      role="img"
      aria-label={`change of the logit of ${name}`}
    >
      <text x={WIDTH / 2} y={10} text-anchor="middle">
        change of the logit
      </text>
      {ticks(x, 40).map((value) => (
        <text key={value} x={position(x, value)} y={24} text-anchor="middle">
          {short(value, 2)}
        </text>
      ))}
    </svg>
  );
}

interface LineProps extends Pick<Props, "model" | "step"> {
  readonly row: Ablation;
  readonly x: Scale;
}

function Line({ model, row, x, step }: LineProps) {
  const { layer, unit, predicted, measured, takenFor } = row;
  const counts = `correct: ${row.correct} → ${row.correctAfter} of ${row.inputs} inputs`;
  return (
    <tr
      data-row={`${layer}/${unit}`}
      data-predicted={predicted ?? ""}
      data-measured={measured ?? ""}
    >
      <td class="unit-face">
        <UnitFace model={model} step={step} unit={{ layer, unit }} />
      </td>
      <th scope="row">
        <UnitLinks model={model} unit={{ layer, unit }} note={counts} />
      </th>
      <td class="faint">
        <Name name={layer} />
      </td>
      <td>
        <Dumbbell x={x} predicted={predicted} measured={measured} />
      </td>
      <td class="number">{changeText(predicted)}</td>
      <td class="number">{changeText(measured)}</td>
      <td class="number" title={counts}>
        {accuracyText(row)}
      </td>
      <td>
        <Name name={takenText(model, takenFor)} />
      </td>
    </tr>
  );
}

interface DumbbellProps {
  readonly x: Scale;
  readonly predicted: number | null;
  readonly measured: number | null;
}

/** Hollow what was predicted, filled what was measured, with a line to it from no change. */
function Dumbbell({ x, predicted, measured }: DumbbellProps) {
  const y = HEIGHT / 2;
  const at = (fall: number) => position(x, -fall);
  const [zero, to] = [position(x, 0), at(measured ?? 0)];
  return (
    <svg class="dumbbell" width={WIDTH} height={HEIGHT} aria-hidden="true">
      <line class="zero" x1={zero} x2={zero} y2={HEIGHT} />
      <line class="bar" x1={zero} x2={to} y1={y} y2={y} />
      {predicted !== null && <circle class="predicted" cx={at(predicted)} cy={y} r={5} />}
      {measured !== null && <circle class="measured" cx={to} cy={y} r={3.5} />}
    </svg>
  );
}
