import { request, sent } from "../../api/ask";
import type { LinkKind, Model, Neighbour } from "../../api/schema";
import type { UnitId } from "../../api/types";
import { percent } from "../../model/format";
import { nearestEarlier } from "../../model/moments";
import { subsetName } from "../../model/names";
import { Sparkline } from "../../plot/Sparkline";
import { useAnswer } from "../../state/answers";
import { facets } from "../../state/pictures";
import { counting } from "../../state/shared";
import * as state from "../../state/store";
import { unitTitle } from "../../state/unitNames";
import { Explained } from "../../ui/Explained";
import { Picture } from "../../ui/Picture";

interface Props {
  readonly unit: UnitId;
  readonly model: Model;
}

/** What the unit is fed by and what it feeds, for the first subset shown. */
export function UnitInfluence({ unit, model }: Props) {
  const subject = state.subjects.value[0];
  const measure = counting.value.measure;
  const answer = useAnswer(
    model.graph && subject
      ? request("influence", {
          s: sent(subject.subject),
          layer: unit.layer,
          unit: unit.unit,
          measure,
        })
      : null,
  );
  if (answer.state === "failed") return <p class="note">Influence: {answer.message}</p>;
  if (!answer.value) return null;
  const { producers, consumers, steps, history, step, subset, inputs, baseline } = answer.value;
  const at = nearestEarlier(steps, step);
  const name = subsetName(model, subset);
  const sides = [
    { title: "Fed by", neighbours: producers, histories: history.producers },
    { title: "Feeds", neighbours: consumers, histories: history.consumers },
  ];
  return (
    <>
      {sides.map(({ title, neighbours, histories }) => (
        <section key={title}>
          <h3>
            {title}{" "}
            <span class="faint">
              for {name}, n {inputs.toLocaleString("en")}
              {baseline === "mean" && ", against the mean"}
            </span>
          </h3>
          {neighbours.length === 0 && <p class="faint">No influence recorded.</p>}
          <ul class="neighbours">
            {neighbours.map((neighbour, place) => (
              <NeighbourLine
                top={largest([...neighbours.map(({ weight }) => weight), ...histories.flat()])}
                key={`${neighbour.layer} ${neighbour.unit}`}
                neighbour={neighbour}
                model={model}
                history={histories[place] ?? []}
                step={step}
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
  /** The weight that fills a bar and the height of a line. */
  readonly top: number;
  readonly step: number;
  readonly at: number;
}

const largest = (weights: readonly (number | null)[]): number =>
  weights.reduce<number>((most, weight) => Math.max(most, Math.abs(weight ?? 0)), 0);

/** Pixels of a neighbour's picture. */
const PICTURE = 28;

const KINDS: Readonly<Record<LinkKind, string>> = {
  direct: "",
  composed: "through several layers",
  identity: "without weights",
  gated: "multiplicative",
  linearised: "linearized",
  unmeasured: "not measured",
};

function NeighbourLine({ neighbour, model, history, top, step, at }: LineProps) {
  const { layer, unit, weight, kind, kept } = neighbour;
  const title = unitTitle(model, { layer, unit });
  const [facet] = facets(model, step, { layer, unit });
  const words = [
    KINDS[kind],
    kept === null ? "" : `${Math.round(100 * kept)} % of the consumer’s influence was recorded`,
  ];
  return (
    <li>
      <button
        type="button"
        class="neighbour"
        title={[`${title} of ${layer}`, ...words].filter(Boolean).join("\n")}
        onClick={() => state.choose({ unit: { layer, unit } })}
      >
        {facet ? <Picture crop={facet} size={PICTURE} label="" /> : <span />}
        <bdi class="name">{title}</bdi>
        <span class="faint name">
          {layer}
          {KINDS[kind] && ` · ${KINDS[kind]}`}
        </span>
      </button>
      <WeightBar share={top > 0 ? (weight ?? 0) / top : 0} />
      <Explained class="number" text="Share of all |influence| on the consumer; negative inhibits">
        {weight === null ? "–" : percent(weight)}
      </Explained>
      {history.length > 1 && <WeightHistory history={history} top={top} at={at} title={title} />}
    </li>
  );
}

/** From the middle to the right where it excites, to the left and hollow where it inhibits. */
function WeightBar({ share }: { readonly share: number }) {
  return (
    <span
      class={`weight-bar ${share < 0 ? "is-negative" : ""}`}
      style={{ "--share": Math.abs(share) }}
      aria-hidden="true"
    />
  );
}

function WeightHistory({
  history,
  top,
  at,
  title,
}: Pick<LineProps, "history" | "top" | "at"> & { readonly title: string }) {
  const values = history.map((weight) => (weight === null ? Number.NaN : Math.abs(weight)));
  return (
    <Sparkline
      kind="line"
      values={values}
      top={top}
      at={at}
      label={`size of the weight of ${title} over the steps`}
    />
  );
}
