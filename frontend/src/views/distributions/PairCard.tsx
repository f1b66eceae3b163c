import { useState } from "preact/hooks";
import type { Distance, NeuralDivergence } from "../../api/schema";
import { short } from "../../model/format";
import { largest } from "../../model/scale";
import { Name } from "../../ui/Name";
import { DifferencePicture } from "./DifferencePicture";

type LayerDistances = NeuralDivergence["instances"][number]["layers"];

/** One of the two instances, and its prediction. */
export interface Side {
  readonly name: string;
  readonly note: string;
  readonly colour: string;
  /** Address of the picture. */
  readonly picture: string | null;
  readonly verdict: { readonly name: string; readonly probability: number } | null;
  readonly truth: string;
  readonly layers: LayerDistances;
  readonly maxSoftmax: number | null;
}

interface Props {
  readonly benign: Side;
  readonly attacked: Side;
  /** Whether pictures hold the inputs' exact pixels. */
  readonly lossless: boolean;
  /** Layers to list first. */
  readonly shown: readonly string[];
  readonly problem: string | null;
  readonly startsOpen: boolean;
}

type Measure = "surprisal" | "tail" | "robustZ";

const MEASURES: Readonly<Record<Measure, { readonly name: string; readonly meaning: string }>> = {
  surprisal: {
    name: "surprisal",
    meaning: "mean over the units of −ln of the two-sided tail probability",
  },
  tail: { name: "tail", meaning: "share of units outside the range seen in the class" },
  robustZ: {
    name: "robust z",
    meaning: "mean over the units of |x − median| / (1.4826 · MAD), at most 20 each",
  },
};

/** A benign and an attacked input: what changed, what is predicted, how far its units stray. */
export function PairCard({ benign, attacked, lossless, shown, problem, startsOpen }: Props) {
  const [open, setOpen] = useState(startsOpen);
  const caption = `${words(benign)} → ${words(attacked)}`;
  return (
    <section class="pair" aria-label={`pair: ${caption}`}>
      <h2>
        <button type="button" class="fold" aria-expanded={open} onClick={() => setOpen(!open)}>
          <span class="fold-mark" aria-hidden="true" /> <bdi>{caption}</bdi>
        </button>{" "}
        <span class="faint">{attacked.note}</span>
      </h2>
      {problem && <p class="note">{problem}</p>}
      {open && (
        <div class="pair-body">
          {benign.picture && attacked.picture && (
            <>
              <Picture side={benign} kind="benign" />
              <Picture side={attacked} kind="attacked" />
              <DifferencePicture
                before={benign.picture}
                after={attacked.picture}
                lossless={lossless}
                colour={attacked.colour}
              />
            </>
          )}
          {attacked.layers.length > 0 && (
            <Distances benign={benign} attacked={attacked} shown={shown} />
          )}
        </div>
      )}
    </section>
  );
}

const words = ({ verdict, name }: Side): string =>
  verdict ? `${verdict.name} ${probability(verdict.probability)}` : name;

/** Whether inputs may have been compared with themselves. */
const isUnknown = (sides: readonly Side[]): boolean =>
  sides.some(({ layers }) =>
    layers.some(({ predicted, label }) => predicted?.seen === null || label?.seen === null),
  );

/** `.91`: a probability in two digits. */
const probability = (value: number): string => value.toFixed(2).replace(/^0/, "");

function Picture({ side, kind }: { readonly side: Side; readonly kind: "benign" | "attacked" }) {
  return (
    <figure class="picture" style={{ "--colour": side.colour }}>
      <img src={side.picture ?? ""} alt={`${kind}: ${side.name}`} />
      <figcaption>
        {kind}: <Name name={side.name} />
      </figcaption>
    </figure>
  );
}

interface DistancesProps {
  readonly benign: Side;
  readonly attacked: Side;
  readonly shown: readonly string[];
}

/** Neural divergence per layer, never without the max-softmax baseline. */
function Distances({ benign, attacked, shown }: DistancesProps) {
  const [measure, setMeasure] = useState<Measure>("surprisal");
  const ordered = [...attacked.layers].sort(
    (a, b) => Number(shown.includes(b.name)) - Number(shown.includes(a.name)),
  );
  const of = (side: Side, layer: string) => side.layers.find(({ name }) => name === layer);
  const top = largest(
    [...attacked.layers, ...benign.layers].flatMap(({ predicted, label }) =>
      [predicted, label].map((distance) => distance?.[measure] ?? 0),
    ),
  );
  const cell = (distance: Distance | null | undefined) => (
    <Bar value={distance?.[measure] ?? null} top={top} />
  );
  const sameClass = attacked.verdict?.name === attacked.truth;
  return (
    <div class="distances">
      <p class="measure">
        <label>
          Neural divergence{" "}
          <select
            value={measure}
            onChange={(event) => setMeasure(event.currentTarget.value as Measure)}
          >
            {(Object.keys(MEASURES) as Measure[]).map((key) => (
              <option key={key} value={key}>
                {MEASURES[key].name}
              </option>
            ))}
          </select>
        </label>{" "}
        <span class="faint">{MEASURES[measure].meaning}</span>
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="table-scroller" tabIndex={0} aria-label="neural divergence per layer">
        <table>
          <thead>
            <tr>
              <th scope="col">layer</th>
              <th scope="col">
                attacked, from <bdi>{attacked.verdict?.name ?? "its predicted class"}</bdi>{" "}
                (predicted)
              </th>
              {!sameClass && (
                <th scope="col">
                  attacked, from <bdi>{attacked.truth}</bdi> (true)
                </th>
              )}
              <th scope="col">
                benign, from <bdi>{benign.verdict?.name ?? "its predicted class"}</bdi> (predicted)
              </th>
            </tr>
          </thead>
          <tbody>
            {ordered.map(({ name, predicted, label }) => (
              <tr key={name} class={shown.includes(name) ? "is-shown" : ""}>
                <th scope="row">
                  <Name name={name} />
                </th>
                <td>{cell(predicted)}</td>
                {!sameClass && <td>{cell(label)}</td>}
                <td>{cell(of(benign, name)?.predicted)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr class="baseline">
              <th scope="row">baseline: max softmax</th>
              <td>{baseline(attacked)}</td>
              {!sameClass && <td />}
              <td>{baseline(benign)}</td>
            </tr>
          </tfoot>
        </table>
      </section>
      {isUnknown([attacked, benign]) && (
        <p class="faint">
          Whether these inputs are among those of the classes is not recorded; one that is looks
          more typical than it is.
        </p>
      )}
      {reasonsOf([attacked, benign]).map((reason) => (
        <p key={reason} class="note">
          {reason}
        </p>
      ))}
      <p class="faint">
        A clue, not a detector: divergence also rises for ordinary errors and rare inputs, and
        max-softmax often detects attacks better. Compare both on held-out data before relying on
        either (What if › Attacks).
      </p>
    </div>
  );
}

/** Why distances are missing, once for all layers that lack them for the same reason. */
function reasonsOf(sides: readonly Side[]): readonly string[] {
  const layers = new Map<string, Set<string>>();
  for (const { name, reason } of sides.flatMap((side) => side.layers))
    if (reason) layers.set(reason, (layers.get(reason) ?? new Set()).add(name));
  return [...layers].map(([reason, names]) => `${[...names].join(", ")}: ${reason}`);
}

const baseline = ({ maxSoftmax }: Side): string =>
  maxSoftmax === null ? "–" : probability(maxSoftmax);

function Bar({ value, top }: { readonly value: number | null; readonly top: number }) {
  if (value === null) return <span class="faint">–</span>;
  return (
    <span class="amount" style={{ "--share": top > 0 ? value / top : 0 }}>
      {short(value, 2)}
    </span>
  );
}
