import type { Finding, Health, Model } from "../../api/schema";
import { keyIn } from "../../model/names";
import { largest } from "../../model/scale";
import { type Score, scoresAt } from "../../model/scores";
import { linePath, range } from "../../plot/paths";
import { instancePicture } from "../../state/pictures";
import { Picture } from "../../ui/Picture";
import { confusionOf, indexOf } from "./findings";
import { confusedOf, overall } from "./learning";
import type { Learning, Measured } from "./useLearning";

interface Props {
  readonly finding: Finding;
  readonly model: Model;
  readonly learning: Learning;
  readonly health: Health | null;
}

const [WIDTH, HEIGHT] = [104, 56];
const MOST_THUMBS = 6;
const MOST_CELLS = 96;

/** What a finding is about, at a glance. */
export function FindingPicture(props: Props) {
  return (
    <div class="finding-picture" aria-hidden="true">
      {pictureOf(props)}
    </div>
  );
}

function pictureOf({ finding, model, learning, health }: Props) {
  const { kind, instances, layer, layers } = finding;
  if (kind === "not_comparable") return null;
  const thumbs = instances.slice(0, MOST_THUMBS).flatMap((instance) => {
    const crop = instancePicture(model, instance);
    return crop ? [<Picture key={instance} crop={crop} size={30} label="" />] : [];
  });
  if (thumbs.length) return <div class="finding-thumbs">{thumbs}</div>;
  if (/^(learning|not_learning|jump|accuracy|class_(improved|regressed))/.test(kind)) {
    const curves = curvesOf(finding, model, learning);
    if (curves.length) return <Curves curves={curves} />;
  }
  const confusion = confusionOf(finding, model);
  if (confusion && learning.now) return <Bars pair={confusion} learning={learning} />;
  const about = health?.layers.find(({ name }) => name === layer);
  if (about && finding.unitCount > 0)
    return <Units units={about.units} marked={finding.units} count={finding.unitCount} />;
  if (layers.length && health) return <Layers health={health} layers={layers} kind={kind} />;
  return <Interval finding={finding} />;
}

type Curve = Pick<Score, "history"> & { readonly steps: readonly number[] };

/** Accuracy over the steps, of a class or of all; of another run as well where a finding is of two. */
function curvesOf(
  { kind, classes }: Finding,
  model: Model,
  { now, other }: Learning,
): readonly Curve[] {
  const name = kind.startsWith("class_") ? classes[0] : undefined;
  const of = (one: Measured | null): readonly Curve[] => {
    if (!one) return [];
    const { steps, values } = overall(one.metrics, one.model.task);
    if (name === undefined) return [{ steps, history: values }];
    const key = keyIn(`class:${indexOf(model, name)}`, model, one.model);
    const score = key && scoresAt(one.metrics, one.moment.step, false).get(key);
    return score ? [{ steps, history: score.history }] : [];
  };
  return [...of(now), ...(other && other.model !== now?.model ? of(other) : [])];
}

function Curves({ curves }: { readonly curves: readonly Curve[] }) {
  const [first, last] = range(curves.flatMap(({ steps }) => steps));
  const x = (step: number) => 2 + ((step - first) / (last - first || 1)) * (WIDTH - 8);
  const y = (value: number) => HEIGHT - 3 - value * (HEIGHT - 6);
  return (
    <svg width={WIDTH} height={HEIGHT} aria-hidden="true">
      <path class="finding-axis" d={`M2 ${y(0)}H${WIDTH}M2 ${y(1)}H${WIDTH}`} />
      {curves.map(({ steps, history }, at) => (
        <path
          key={at}
          class="finding-curve"
          d={linePath(steps.map(x), history.map(y))}
          stroke-dasharray={at ? "4 2" : undefined}
        />
      ))}
    </svg>
  );
}

/** How often a class is predicted as another: now above and filled, else below and outlined. */
function Bars(props: { readonly pair: readonly [number, number]; readonly learning: Learning }) {
  const { now, other } = props.learning;
  if (!now) return null;
  const found = confusedOf(now.model, now.metrics, other, Number.POSITIVE_INFINITY).find(
    ({ pair }) => pair.join() === props.pair.join(),
  );
  const share = (cell: { readonly count: number; readonly inputs: number } | null | undefined) =>
    cell?.inputs ? cell.count / cell.inputs : 0;
  const [here, there] = [share(found), share(found?.before)];
  const scale = (WIDTH - 32) / Math.max(here, there, 0.05);
  return (
    <svg width={WIDTH} height={HEIGHT} aria-hidden="true">
      <rect class="finding-fill" x="1" y="10" width={here * scale} height="14" />
      {[found, found?.before].map(
        (cell, at) =>
          cell && (
            <text key={at} x={(at ? there : here) * scale + 5} y={at ? 43 : 21}>
              {cell.count.toLocaleString("en")}
            </text>
          ),
      )}
      {found?.before && (
        <rect class="finding-outline" x="1" y="32" width={there * scale} height="14" />
      )}
    </svg>
  );
}

interface UnitsProps {
  readonly units: number;
  readonly marked: readonly number[];
  readonly count: number;
}

/** A square a unit, those that are meant filled; of many units their share. */
function Units({ units, marked, count }: UnitsProps) {
  if (units > MOST_CELLS) {
    const wide = (count / units) * (WIDTH - 2);
    return (
      <svg width={WIDTH} height={HEIGHT} aria-hidden="true">
        <rect class="finding-outline" x="1" y="20" width={WIDTH - 2} height="16" />
        <rect class="finding-fill" x="1" y="20" width={Math.max(1.5, wide)} height="16" />
      </svg>
    );
  }
  const columns = Math.ceil(Math.sqrt(units * (WIDTH / HEIGHT)));
  const cell = Math.min(10, Math.floor(WIDTH / columns));
  const chosen = new Set(marked);
  return (
    <svg width={WIDTH} height={HEIGHT} aria-hidden="true">
      {Array.from({ length: units }, (_, unit) => (
        <rect
          key={unit}
          class={chosen.has(unit) ? "finding-fill" : "finding-outline"}
          x={(unit % columns) * cell + 0.5}
          y={Math.floor(unit / columns) * cell + 0.5}
          width={cell - 2}
          height={cell - 2}
        />
      ))}
    </svg>
  );
}

interface LayersProps {
  readonly health: Health;
  readonly layers: readonly string[];
  readonly kind: string;
}

/** The layers as a row of bars: how much they changed, or how well they separate classes. */
function Layers({ health, layers, kind }: LayersProps) {
  const of = kind.startsWith("separ") ? "separability" : "change";
  const values = health.layers.map((layer) => layer[of] ?? 0);
  const top = largest(values) || 1;
  const step = WIDTH / values.length;
  return (
    <svg width={WIDTH} height={HEIGHT} aria-hidden="true">
      {health.layers.map(({ name }, at) => {
        const high = Math.max(1, ((values[at] ?? 0) / top) * (HEIGHT - 4));
        return (
          <rect
            key={name}
            class={layers.includes(name) ? "finding-fill" : "finding-outline"}
            x={at * step + 0.5}
            y={HEIGHT - 1 - high}
            width={Math.max(1, step - 2)}
            height={high}
          />
        );
      })}
    </svg>
  );
}

/** The effect with its interval, beside zero. */
function Interval({ finding: { effect, low, high } }: { readonly finding: Finding }) {
  const ends = [low ?? effect, high ?? effect, effect, 0];
  const [least, most] = range(ends);
  const x = (value: number) => 4 + ((value - least) / (most - least || 1)) * (WIDTH - 8);
  return (
    <svg width={WIDTH} height={HEIGHT} aria-hidden="true">
      <path class="finding-axis" d={`M${x(0)} 8V${HEIGHT - 8}`} />
      <path class="finding-curve" d={`M${x(low ?? effect)} ${HEIGHT / 2}H${x(high ?? effect)}`} />
      <circle class="finding-fill" cx={x(effect)} cy={HEIGHT / 2} r="3.5" />
    </svg>
  );
}
