import { useState } from "preact/hooks";
import { ofModel, request } from "../api/ask";
import type { Model } from "../api/schema";
import type { Metrics } from "../api/types";
import { hueVariable } from "../model/color";
import { FEW, shareText } from "../model/format";
import { parseKey } from "../model/names";
import { largest } from "../model/scale";
import { confusions, type Score, scoreName, scoresAt } from "../model/scores";
import type { ShownSubset } from "../model/shown";
import { store, stored } from "../model/stored";
import { Sparkline } from "../plot/Sparkline";
import { useAnswer } from "../state/answers";
import { Explained } from "../ui/Explained";
import { Message } from "../ui/Message";
import { Name } from "../ui/Name";
import { Section } from "../ui/Section";
import { VirtualList } from "../ui/VirtualList";
import { arranged, ORDERS, type Order, type Row, subsetRows } from "./subsets";

interface Props {
  readonly model: Model;
  readonly step: number;
  readonly shown: readonly ShownSubset[];
  /** Keys that B's run does not have. */
  readonly onlyInA: ReadonlySet<string>;
  readonly metrics: Metrics | null;
  readonly onToggle: (key: string) => void;
}

const ROW = 24;
const TALLEST = 336;

/** What is shown: classes, predicted classes, slices, in the colours of the view. */
export function Subsets({ model, step, shown, onlyInA, metrics, onToggle }: Props) {
  const [order, setOrder] = useState<Order>(
    () => ORDERS.find((known) => known === stored("subsets.order", "")) ?? "recorded",
  );
  const confused = useAnswer(
    order === "confusion" ? request("metrics", { ...ofModel(model), step }) : null,
  );
  const regression = model.task === "regression";
  const what = scoreName(model.task);
  const scores = metrics ? scoresAt(metrics, step, regression) : new Map<string, Score>();
  const errorTop = regression
    ? largest([...scores.values()].map(({ history }) => largest(history)))
    : 0;
  const reference = shown.find(({ key }) => parseKey(key).kind === "class")?.key ?? null;
  const confusion = confused.value ? confusions(confused.value, reference) : null;
  const rows = subsetRows(model);
  const choose = (value: string) => {
    const chosen = ORDERS.find((known) => known === value) ?? "recorded";
    setOrder(chosen);
    store("subsets.order", chosen);
  };
  const tools = (
    <select
      aria-label="Sort subsets"
      value={order}
      onChange={(event) => choose(event.currentTarget.value)}
    >
      <option value="recorded">index</option>
      <option value="name">name</option>
      <option value="score">{regression ? "largest error first" : `lowest ${what} first`}</option>
      {!regression && model.task && (
        <option value="confusion">
          {reference ? "most confused with the first" : "most confused"}
        </option>
      )}
    </select>
  );
  return (
    <Section
      title="Subsets"
      count={`${shown.length} of ${model.subsets.length}`}
      searchLabel="Class or slice"
      tools={tools}
    >
      {(search) => {
        const found = rows.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()));
        if (found.length === 0) return <Message title="No matching subsets" />;
        const ordered = arranged(found, order, { scores, confusion, regression });
        return (
          <VirtualList
            count={ordered.length}
            rowHeight={ROW}
            maxHeight={TALLEST}
            label="Subsets"
            of={`${order}\n${search}\n${model.run}`}
            row={(place) => {
              const row = ordered[place];
              return (
                row && (
                  <SubsetRow
                    row={row}
                    hue={shown.find(({ key }) => key === row.key)?.hue ?? null}
                    absentInB={onlyInA.has(row.key)}
                    score={scores.get(row.key) ?? null}
                    what={what}
                    errorTop={regression ? errorTop : null}
                    onToggle={onToggle}
                  />
                )
              );
            }}
          />
        );
      }}
    </Section>
  );
}

interface RowProps {
  readonly row: Row;
  readonly hue: number | null;
  readonly absentInB: boolean;
  readonly score: Score | null;
  readonly what: string;
  /** The largest error of any row; null for shares. */
  readonly errorTop: number | null;
  readonly onToggle: (key: string) => void;
}

function SubsetRow({ row, hue, absentInB, score, what, errorTop, onToggle }: RowProps) {
  const few = score !== null && score.inputs < FEW;
  return (
    <div class={`row subset ${hue === null ? "is-hidden" : "is-shown"}`}>
      <button
        type="button"
        class="toggle"
        aria-pressed={hue !== null}
        aria-disabled={!row.recorded}
        title={
          row.recorded
            ? undefined
            : "Only mean and standard deviation are recorded: see “not recorded” at the top"
        }
        onClick={() => row.recorded && onToggle(row.key)}
      >
        <span
          class="swatch"
          style={hue === null ? undefined : { background: hueVariable(hue) }}
          aria-hidden="true"
        />
        <Name name={row.name} />
      </button>
      {absentInB && (
        <Explained class="mark" text="Run B has no such subset">
          A only
        </Explained>
      )}
      {few && (
        <Explained class="mark" text={`${score.inputs} inputs`}>
          few
        </Explained>
      )}
      {score && <ScoreCells score={score} name={row.name} what={what} errorTop={errorTop} />}
    </div>
  );
}

function ScoreCells({
  score,
  name,
  what,
  errorTop,
}: {
  readonly score: Score;
  readonly name: string;
  readonly what: string;
  readonly errorTop: number | null;
}) {
  const text =
    errorTop === null
      ? shareText(score.value, score.inputs)
      : Number.isFinite(score.value)
        ? score.value.toPrecision(2)
        : "–";
  return (
    <>
      <Explained class="number" text={`${what} of ${score.inputs.toLocaleString("en")} inputs`}>
        {text}
      </Explained>
      {score.history.length > 1 && (
        <Sparkline
          kind="line"
          values={score.history}
          top={errorTop ?? 1}
          at={score.at}
          label={`${what} of ${name} over the steps`}
        />
      )}
    </>
  );
}
