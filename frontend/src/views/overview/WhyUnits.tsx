import type { Confusion, DrivingUnit, Model } from "../../api/schema";
import { percent, short } from "../../model/format";
import { className } from "../../model/names";
import { largest } from "../../model/scale";
import type { Columns } from "../../plot/columns";
import { DataTable } from "../../plot/DataTable";
import { range } from "../../plot/paths";
import * as state from "../../state/store";
import { unitTitle } from "../../state/unitNames";
import { Message } from "../../ui/Message";
import { Name } from "../../ui/Name";

interface Props {
  readonly model: Model;
  readonly answer: Confusion;
  readonly names: readonly [truth: string, predicted: string];
}

/** The units that push the confused inputs to the other class, and whether ablation bears them out. */
export function WhyUnits({ model, answer, names: [truth, predicted] }: Props) {
  const { units, layer, margins, explained, call } = answer;
  if (answer.confusedCount === 0 || answer.correctCount === 0) {
    return (
      <section aria-label="Units that drive it">
        <h3>Which units?</h3>
        <p>
          {answer.confusedCount === 0
            ? "No input of the probe set is confused in this way, so that no unit can be held responsible."
            : "No input of the class is predicted rightly, so that there is nothing to compare with."}
        </p>
      </section>
    );
  }
  if (!layer || units.length === 0) {
    return (
      <section aria-label="Units that drive it">
        <h3>Which units?</h3>
        <Message
          title="The weights of the last hidden layer are not known"
          code="Recorder(model, layers='auto', probe=probe, graph=Graph())"
        >
          They are found by the activations of the last hidden layer and of the output on the probe
          set, or by contributions.
        </Message>
      </section>
    );
  }
  const [confused = null, correct = null] = margins ?? [];
  return (
    <section aria-label="Units that drive it" class="why-units">
      <h3>Which units?</h3>
      <p class="faint">
        {confused !== null && correct !== null && (
          <>
            The logit of <Name name={predicted} /> less that of <Name name={truth} /> is{" "}
            {short(confused)} on average for the confused and {short(correct)} for the correct ones.{" "}
          </>
        )}
        A unit of <Name name={layer} /> pushes by its weight × the difference of its mean
        activations
        {explained !== null && `; all units together make ${percent(explained)} of the difference`}.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section class="overview-scroller" tabIndex={0} aria-label="Units as a table">
        <DataTable
          columns={columnsOf(model, answer, truth, predicted)}
          rows={units}
          attributes={({ unit, push }) => ({ "data-unit": unit, "data-push": push ?? "" })}
        />
      </section>
      {call && (
        <p>
          Predicted units are verified by
          <code class="overview-code">{call}</code>
        </p>
      )}
    </section>
  );
}

const [WIDTH, HEIGHT] = [96, 18];

interface MeansProps {
  readonly unit: DrivingUnit;
  readonly truth: string;
  readonly predicted: string;
}

/** Where the confused inputs stand between the correct ones of both classes: ○ own, ◇ other, ● confused. */
function Means({ unit: { means }, truth, predicted }: MeansProps) {
  const [confused, own, other] = means;
  const known = means.filter((one): one is number => one !== null);
  const [least, most] = range([...known, 0]);
  const x = (value: number) => 6 + ((value - least) / (most - least || 1)) * (WIDTH - 12);
  const words = [
    `confused ${short(confused, 2)}`,
    `correct ${truth} ${short(own, 2)}`,
    `correct ${predicted} ${short(other, 2)}`,
  ].join(", ");
  const y = HEIGHT / 2;
  return (
    <svg class="why-means" width={WIDTH} height={HEIGHT} role="img" aria-label={words}>
      <title>{words}</title>
      <path class="finding-axis" d={`M2 ${y}H${WIDTH - 2}`} />
      {own !== null && <circle class="finding-outline" cx={x(own)} cy={y} r="4" />}
      {other !== null && (
        <path class="finding-outline" d={`M${x(other)} ${y - 5}l5 5l-5 5l-5 -5z`} />
      )}
      {confused !== null && <circle class="finding-fill" cx={x(confused)} cy={y} r="3.5" />}
    </svg>
  );
}

/** What ablating the unit on inputs of the class has shown; else that it is predicted only. */
function Verdict({ unit: { ablation, verdict }, model }: { unit: DrivingUnit; model: Model }) {
  if (!ablation) return <span class="faint">predicted</span>;
  const { correct, correctAfter, inputs, takenFor } = ablation;
  const then =
    takenFor !== null && correctAfter < correct ? `, then ${className(model, takenFor)}` : "";
  return (
    <span class={`why-verdict ${verdict === "verified" ? "is-verified" : ""}`}>
      {verdict === "verified" ? "✓ " : ""}
      {verdict}{" "}
      <span class="faint">
        {correct} → {correctAfter} of {inputs} right{then}
      </span>
    </span>
  );
}

const number = (value: number | null | undefined): number => value ?? Number.NaN;

/** What is listed of a unit, on the page and in files. */
export function columnsOf(
  model: Model,
  { layer, units }: Confusion,
  truth: string,
  predicted: string,
): Columns<DrivingUnit> {
  const top = largest(units.map(({ push }) => push ?? 0)) || 1;
  const name = layer ?? "";
  return [
    { name: "layer", head: null, value: () => name },
    {
      name: "unit",
      isHead: true,
      isNumber: false,
      value: ({ unit }) => unit,
      show: ({ unit }) => (
        <button
          type="button"
          class="plain unit-link"
          onClick={() => state.choose({ unit: { layer: name, unit } })}
        >
          <Name name={unitTitle(model, { layer: name, unit })} />
        </button>
      ),
    },
    {
      name: "push",
      isNumber: false,
      value: ({ push }) => number(push),
      show: ({ push }) => (
        <span class="overview-bar" style={{ "--share": (push ?? 0) / top }}>
          +{short(push, 2)}
        </span>
      ),
    },
    { name: "weight", head: null, value: ({ weight }) => number(weight) },
    {
      name: "confused",
      head: "mean activation",
      isNumber: false,
      value: ({ means }) => number(means[0]),
      show: (unit) => <Means unit={unit} truth={truth} predicted={predicted} />,
    },
    { name: "correct own", head: null, value: ({ means }) => number(means[1]) },
    { name: "correct other", head: null, value: ({ means }) => number(means[2]) },
    {
      name: "by ablation",
      value: ({ verdict }) => verdict,
      show: (unit) => <Verdict unit={unit} model={model} />,
    },
    { name: "inputs", head: null, value: ({ ablation }) => number(ablation?.inputs) },
    { name: "correct", head: null, value: ({ ablation }) => number(ablation?.correct) },
    { name: "correct after", head: null, value: ({ ablation }) => number(ablation?.correctAfter) },
  ];
}
