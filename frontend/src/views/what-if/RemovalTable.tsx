import type { Ablation, Ablations, AblationsOf, Model } from "../../api/schema";
import { className, subsetName } from "../../model/names";
import { position, type Scale, scaleOver } from "../../model/scale";
import { hasLabels } from "../../model/scores";
import { Chart, Rule } from "../../plot/Chart";
import type { Column, Columns } from "../../plot/columns";
import { DataTable } from "../../plot/DataTable";
import { unitTitle } from "../../state/unitNames";
import { Explained } from "../../ui/Explained";
import { Name } from "../../ui/Name";
import { Scrolling } from "../../ui/Scrolling";
import { Stat } from "../../ui/Stat";
import { accuracyText, changes, changeText, keptText, takenText } from "./removal";
import { UnitFace } from "./UnitFace";
import { UnitLinks } from "./UnitLinks";

interface Props {
  readonly model: Model;
  readonly found: Ablations;
  readonly removed: AblationsOf;
  readonly rows: readonly Ablation[];
}

const WIDTH = 200;
const HEIGHT = 24;

/** The ablated units: predicted and measured change. */
export function RemovalTable({ model, found, removed, rows }: Props) {
  const name = subsetName(model, removed.subset);
  return (
    <Scrolling class="removal-table" label="Ablated units">
      <DataTable
        columns={ablationColumns(model, found, removed)}
        rows={rows}
        attributes={({ layer, unit, predicted, measured }) => ({
          "data-row": `${layer}/${unit}`,
          "data-predicted": predicted ?? "",
          "data-measured": measured ?? "",
        })}
      />
      {rows.length === 0 && <p class="note">No unit of this layer was measured for {name}.</p>}
    </Scrolling>
  );
}

const inFile = (name: string, value: Column<Ablation>["value"]): Column<Ablation> => ({
  name,
  head: null,
  value,
});

const ACCURACY: Columns<Ablation> = [
  inFile("correct before", ({ correct }) => correct),
  inFile("correct after", ({ correctAfter }) => correctAfter),
  {
    name: "accuracy",
    file: null,
    head: <Stat of="accuracy" />,
    value: ({ correctAfter, inputs }) => correctAfter / inputs,
    show: (row) => <span title={countsOf(row)}>{accuracyText(row)}</span>,
  },
];

/** Inputs without labels are compared with the model's own predictions, which tell no accuracy. */
const KEPT: Columns<Ablation> = [
  inFile("predictions kept", ({ correctAfter }) => correctAfter),
  {
    name: "predictions kept",
    file: null,
    value: ({ correctAfter, inputs }) => correctAfter / inputs,
    show: (row) => <span title={keptCounts(row)}>{keptText(row)}</span>,
  },
];

/** What is known of each; changes have the sign that the logit changes by. */
export function ablationColumns(
  model: Model,
  { step, replacement }: Ablations,
  removed: AblationsOf,
): Columns<Ablation> {
  const x = scaleOver("linear", changes(removed.rows), [8, WIDTH - 8]);
  const name = subsetName(model, removed.subset);
  return [
    inFile("step", () => step),
    inFile("class", () => name),
    inFile("replaced by", () => replacement),
    {
      name: "",
      file: null,
      value: () => "",
      class: () => "unit-face",
      show: (unit) => <UnitFace model={model} step={step} unit={unit} />,
    },
    {
      name: "unit",
      value: ({ unit }) => unit,
      isHead: true,
      isNumber: false,
      show: (row) => (
        <UnitLinks
          model={model}
          unit={row}
          note={hasLabels(model) ? countsOf(row) : keptCounts(row)}
        />
      ),
    },
    inFile("name", (unit) => unitTitle(model, unit)),
    {
      name: "layer",
      value: ({ layer }) => layer,
      class: () => "faint",
      show: ({ layer }) => <Name name={layer} />,
    },
    {
      name: "change",
      file: null,
      head: (
        <Explained text="Change of the logit: ○ predicted, ● measured">
          <ChangeAxis x={x} name={name} />
        </Explained>
      ),
      value: () => "",
      show: (row) => <Dumbbell x={x} {...row} />,
    },
    {
      name: "predicted change of logit",
      head: <Stat of="predictedChange">predicted ○</Stat>,
      value: ({ predicted }) => -(predicted ?? Number.NaN),
      show: ({ predicted }) => changeText(predicted),
    },
    {
      name: "measured change of logit",
      head: <Stat of="measuredChange">measured ●</Stat>,
      value: ({ measured }) => -(measured ?? Number.NaN),
      show: ({ measured }) => changeText(measured),
    },
    inFile("inputs", ({ inputs }) => inputs),
    ...(hasLabels(model) ? ACCURACY : KEPT),
    {
      name: "most gained class",
      head: <Stat of="gained" />,
      value: ({ takenFor }) => (takenFor === null ? "" : className(model, takenFor)),
      show: ({ takenFor }) => <Name name={takenText(model, takenFor)} />,
    },
  ];
}

const countsOf = ({ correct, correctAfter, inputs }: Ablation): string =>
  `correct: ${correct} → ${correctAfter} of ${inputs} inputs`;

const keptCounts = ({ correctAfter, inputs }: Ablation): string =>
  `predictions kept: ${correctAfter} of ${inputs}`;

function ChangeAxis({ x, name }: { readonly x: Scale; readonly name: string }) {
  return (
    <Chart
      width={WIDTH}
      height={28}
      label={`change of the logit of ${name}`}
      x={{ scale: x, apart: 40, digits: 2 }}
    >
      <text x={WIDTH / 2} y={10} text-anchor="middle">
        change of the logit
      </text>
    </Chart>
  );
}

interface DumbbellProps extends Pick<Ablation, "predicted" | "measured"> {
  readonly x: Scale;
}

/** Hollow what was predicted, filled what was measured, with a line to it from no change. */
function Dumbbell({ x, predicted, measured }: DumbbellProps) {
  const y = HEIGHT / 2;
  const at = (fall: number) => position(x, -fall);
  const [zero, to] = [position(x, 0), at(measured ?? 0)];
  return (
    <Chart class="dumbbell" width={WIDTH} height={HEIGHT}>
      <Rule class="zero" at={zero} from={0} to={HEIGHT} />
      <line class="bar" x1={zero} x2={to} y1={y} y2={y} />
      {predicted !== null && <circle class="predicted" cx={at(predicted)} cy={y} r={5} />}
      {measured !== null && <circle class="measured" cx={to} cy={y} r={3.5} />}
    </Chart>
  );
}
