import { Sparkline } from "../../controls/Sparkline";
import { influence as ask } from "../../graphApi";
import type { LinkKind, Neighbour } from "../../graphTypes";
import { nearestEarlier } from "../../moments";
import { subsetName } from "../../names";
import { useRemote } from "../../remote";
import * as state from "../../state";
import type { Model, UnitId } from "../../types";
import { unitTitle } from "../../unitNames";
import { short } from "../scale";
import { sameUnit, useSeen } from "../visible";

interface Props {
  readonly unit: UnitId;
  readonly model: Model;
}

/** What the unit is fed by and what it feeds, for the first subset shown. */
export function UnitInfluence({ unit, model }: Props) {
  const subject = state.subjects.value[0];
  const measure = state.graph.value?.measure ?? undefined;
  const key = useSeen(
    model.graph && subject
      ? JSON.stringify([state.revision.value, subject.subject, unit, measure])
      : null,
  );
  const answer = useRemote(key, async () => ({
    unit,
    found: subject ? await ask(subject.subject, unit, measure) : null,
  }));
  if (answer.state === "failed") return <p class="note">Influence: {answer.message}</p>;
  if (!answer.value?.found || !sameUnit(answer.value.unit, unit) || !subject) return null;
  const { producers, consumers, steps, history, step, subset, inputs } = answer.value.found;
  const at = nearestEarlier(steps, step);
  const name = subsetName(model, subset);
  const sides = [
    { title: "fed by", neighbours: producers, histories: history.producers },
    { title: "feeds", neighbours: consumers, histories: history.consumers },
  ];
  return (
    <>
      {sides.map(({ title, neighbours, histories }) => (
        <section key={title}>
          <h3>
            {title}{" "}
            <span class="faint">
              for {name}, n {inputs.toLocaleString("en")}
            </span>
          </h3>
          {neighbours.length === 0 && <p class="faint">No influence is recorded for it there.</p>}
          <ul class="neighbours">
            {neighbours.map((neighbour, place) => (
              <NeighbourLine
                key={`${neighbour.layer} ${neighbour.unit}`}
                neighbour={neighbour}
                model={model}
                history={histories[place] ?? []}
                at={at}
              />
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

interface LineProps {
  readonly neighbour: Neighbour;
  readonly model: Model;
  readonly history: readonly (number | null)[];
  readonly at: number;
}

const KINDS: Readonly<Record<LinkKind, string>> = {
  direct: "",
  composed: "over several layers",
  identity: "unchanged, without weights",
  gated: "multiplied",
  linearised: "linearised",
  unmeasured: "not measured",
};

function NeighbourLine({ neighbour, model, history, at }: LineProps) {
  const { layer, unit, weight, kind, kept } = neighbour;
  const title = unitTitle(model, { layer, unit });
  const words = [
    KINDS[kind],
    kept === null ? "" : `${Math.round(100 * kept)} % of the consumer's influence is kept`,
  ];
  return (
    <li>
      <button
        type="button"
        class="neighbour"
        title={[`${title} of ${layer}`, ...words].filter(Boolean).join("\n")}
        onClick={() => state.choose({ unit: { layer, unit } })}
      >
        <bdi class="name">{title}</bdi>
        <span class="faint name">
          {layer}
          {KINDS[kind] && ` · ${KINDS[kind]}`}
        </span>
      </button>
      <WeightBar weight={weight} />
      <span class="number">{weight === null ? "–" : short(weight, 2)}</span>
      {history.length > 1 && <WeightHistory history={history} at={at} title={title} />}
    </li>
  );
}

/** A share of the influence from the middle: right where it excites, left where it inhibits. */
function WeightBar({ weight }: { readonly weight: number | null }) {
  const share = Math.min(1, Math.abs(weight ?? 0));
  return (
    <span
      class={`weight-bar ${(weight ?? 0) < 0 ? "is-negative" : ""}`}
      style={{ "--share": share }}
      aria-hidden="true"
    />
  );
}

function WeightHistory({
  history,
  at,
  title,
}: {
  readonly history: LineProps["history"];
  readonly at: number;
  readonly title: string;
}) {
  const values = history.map((weight) => (weight === null ? Number.NaN : Math.abs(weight)));
  return (
    <Sparkline
      kind="line"
      values={values}
      top={Math.max(...values.filter(Number.isFinite), 0)}
      at={at}
      label={`size of the weight of ${title} over the steps`}
    />
  );
}
