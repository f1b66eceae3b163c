import { INK } from "../../model/color";
import { percent, shareText, short } from "../../model/format";
import { keyIn, subsetName } from "../../model/names";
import { largest } from "../../model/scale";
import { scoreName, scoresAt } from "../../model/scores";
import { LineChart } from "../../plot/LineChart";
import { Sparkline } from "../../plot/Sparkline";
import { subsetColour } from "../../state/colours";
import * as state from "../../state/store";
import { Message } from "../../ui/Message";
import { Name } from "../../ui/Name";
import { useSize } from "../../ui/size";
import { overall } from "./learning";
import type { Learning as Found, Measured } from "./useLearning";

/** Classes that are shown; of more, those that are told worst. */
const MOST_CLASSES = 12;

const CODE = "Recorder(model, classes=classes).run(loader)";

/** Whether it is learning: all inputs over the steps, and class by class. */
export function Learning({ learning }: { readonly learning: Found }) {
  const { now, other, isChosen } = learning;
  const { box, width } = useSize();
  return (
    <section class="overview-learning" aria-label="How good" ref={box}>
      <h3>Is it learning?</h3>
      {now && <Over now={now} other={other} isChosen={isChosen} width={width} />}
      {!now && learning.state === "ready" && (
        <Message title="No class metrics are recorded" code={CODE}>
          They need labels beside the inputs.
        </Message>
      )}
    </section>
  );
}

interface OverProps {
  readonly now: Measured;
  readonly other: Measured | null;
  readonly isChosen: boolean;
  readonly width: number;
}

/** All inputs over the steps, then class by class. */
function Over({ now, other, isChosen, width }: OverProps) {
  const what = scoreName(now.model.task);
  const isError = now.model.task === "regression";
  const line = ({ model, metrics }: Measured, dash: string) => {
    const { steps, values } = overall(metrics, model.task);
    return { name: model.run, colour: INK[state.theme.value].text, dash, xs: steps, ys: values };
  };
  const isOther = isChosen && other && other.model !== now.model;
  const lines = [line(now, ""), ...(isOther ? [line(other, "6 3")] : [])];
  const last = lines[0]?.ys.at(-1) ?? Number.NaN;
  return (
    <>
      <p class="faint">
        {what} over the steps{isError ? "" : `, now ${percent(last)}`}
        {isOther && ", B dashed"}
      </p>
      {width > 0 && (
        <LineChart
          lines={lines}
          width={width}
          height={140}
          label={`${what} over the steps: ${lines.map(({ name, ys }) => `${name} ${short(ys.at(-1) ?? null)}`).join(", ")}`}
          at={now.moment.step}
          y={isError ? null : [0, 1]}
        />
      )}
      <Classes now={now} other={other} what={what} />
    </>
  );
}

interface ClassesProps {
  readonly now: Measured;
  readonly other: Measured | null;
  readonly what: string;
}

/** A small chart a class; pressing one shows the class in all views. */
function Classes({ now, other, what }: ClassesProps) {
  const isError = now.model.task === "regression";
  const scores = scoresAt(now.metrics, now.moment.step, isError);
  const before = other && scoresAt(other.metrics, other.moment.step, isError);
  const rows = now.metrics.meta.rows
    .map((key) => ({ key, score: scores.get(key) }))
    .filter(({ score }) => score && score.inputs > 0);
  const worst = rows.toSorted(
    (one, next) => (isError ? -1 : 1) * ((one.score?.value ?? 0) - (next.score?.value ?? 0)),
  );
  const shown = rows.length > MOST_CLASSES ? worst.slice(0, MOST_CLASSES) : rows;
  const top = isError ? largest(shown.flatMap(({ score }) => score?.history ?? [])) : 1;
  return (
    <>
      {shown.length < rows.length && (
        <p class="faint">
          the {shown.length} of {rows.length} with the {isError ? "highest" : "lowest"} {what}
        </p>
      )}
      <ul class="overview-classes">
        {shown.map(({ key, score }) => {
          if (!score) return null;
          const name = subsetName(now.model, key);
          const partner = other && keyIn(key, now.model, other.model);
          const then = partner ? before?.get(partner) : undefined;
          const value = isError ? short(score.value, 2) : shareText(score.value, score.inputs);
          const words = `${name}: ${what} ${value} on ${score.inputs} inputs${changeWords(score.value, then?.value, isError)}`;
          return (
            <li key={key}>
              <button
                type="button"
                class="plain overview-class"
                aria-pressed={state.subsets.value?.some((one) => one.key === key) ?? false}
                title={words}
                data-class={key}
                data-value={score.value}
                style={{ color: subsetColour(key) ?? undefined }}
                onClick={() => state.toggleSubset(key)}
              >
                <span class="visually-hidden">{words}</span>
                <span class="overview-face" aria-hidden="true">
                  <Name name={name} />
                  <span class="number">{value}</span>
                  <Sparkline
                    kind="line"
                    values={score.history}
                    top={top}
                    at={score.at}
                    label={`${name} over the steps`}
                    width={96}
                    height={22}
                  />
                  <span class="number overview-change">
                    {sign(score.value, then?.value, isError)}
                  </span>
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
}

const changeWords = (now: number, then: number | undefined, isError: boolean): string =>
  then === undefined || !Number.isFinite(now - then)
    ? ""
    : `, ${sign(now, then, isError)} ${isError ? "" : "points "}since what it is compared with`;

/** `+1.5`: the change in points of accuracy, or of the error itself. */
function sign(now: number, then: number | undefined, isError: boolean): string {
  const change = then === undefined ? Number.NaN : now - then;
  if (!Number.isFinite(change)) return "";
  const text = isError ? short(Math.abs(change), 2) : (100 * Math.abs(change)).toFixed(1);
  if (Number(text) === 0) return "±0";
  return `${change > 0 ? "+" : "−"}${text}`;
}
