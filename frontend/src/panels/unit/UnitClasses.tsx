import { request, sent } from "../../api/ask";
import type { Model } from "../../api/schema";
import type { Distributions, Subject, UnitId } from "../../api/types";
import { INK } from "../../model/color";
import { short } from "../../model/format";
import { keyIn, subsetName } from "../../model/names";
import { position, scaleOver, span } from "../../model/scale";
import type { Slot } from "../../model/shown";
import { Chart } from "../../plot/Chart";
import { range } from "../../plot/paths";
import { useAnswers } from "../../state/answers";
import { subsetColour } from "../../state/colours";
import * as state from "../../state/store";
import { Explained } from "../../ui/Explained";
import { Name } from "../../ui/Name";
import { RovingList } from "../../ui/RovingList";
import { Stat } from "../../ui/Stat";

interface Props {
  readonly unit: UnitId;
  readonly model: Model;
  readonly width: number;
}

/** Mean and deviation of a class at a moment. */
interface Summary {
  readonly place: Slot;
  readonly mean: number;
  readonly std: number;
  readonly inputs: number;
}

const NAMES = 88;

/** Mean ± standard deviation of the unit for every class, at A and at B. */
export function UnitClasses({ unit, model, width }: Props) {
  const keys = model.subsets.filter((key) => /^(class|target):\d+$/.test(key));
  const questions = keys.map((key) => subjectsOf(key, model));
  const parts = partsOf(questions);
  const answer = useAnswers(
    questions.length
      ? parts.map((part) =>
          request("distributions", {
            layer: unit.layer,
            s: part.flat().map(({ subject }) => sent(subject)),
            unit: unit.unit,
          }),
        )
      : null,
  );
  if (!answer.value) {
    return answer.state === "failed" ? <p class="note">{answer.message}</p> : null;
  }
  const rows = answer.value.flatMap((found, at) => summaries(parts[at] ?? [], found));
  const all = rows.flatMap((row) => row.summaries);
  const reach = span(
    range(all.map(({ mean, std }) => mean - std)),
    range(all.map(({ mean, std }) => mean + std)),
  );
  const scale = scaleOver("linear", reach, [6, width - NAMES - 52]);
  return (
    <section>
      <h3>
        <Stat of="mean">Mean ± sd</Stat> by {model.task === "regression" ? "target" : "class"}
      </h3>
      <RovingList>
        <ul class="unit-classes">
          {rows.map(({ key, summaries }) => (
            <li key={key}>
              <Name name={subsetName(model, key)} />
              <Whiskers
                summaries={summaries}
                scale={scale}
                colour={subsetColour(key) ?? INK[state.theme.value].faint}
              />
              <Explained class="number" text={summaries.map(words).join("; ")}>
                {short(summaries[0]?.mean ?? Number.NaN, 2)}
              </Explained>
            </li>
          ))}
        </ul>
      </RovingList>
    </section>
  );
}

/** What is asked of a class: its subject at A, and at B where that has the class. */
type Question = ReturnType<typeof subjectsOf>;

/** Classes asked for at once: the address of a question must stay short. */
const AT_ONCE = 32;

function partsOf(questions: readonly Question[]): readonly (readonly Question[])[] {
  const starts = questions.flatMap((_, at) => (at % AT_ONCE === 0 ? at : []));
  return starts.map((start) => questions.slice(start, start + AT_ONCE));
}

function summaries(asked: readonly Question[], { arrays, meta }: Distributions) {
  const found = asked.flat().map(({ key, place }, index) => ({
    key,
    place,
    mean: arrays.mean.data[index] ?? Number.NaN,
    std: arrays.std.data[index] ?? Number.NaN,
    inputs: meta.subjects[index]?.inputs ?? 0,
  }));
  return asked.map(([first]) => ({
    key: first?.key ?? "",
    summaries: found.filter(({ key }) => key === first?.key),
  }));
}

const words = ({ place, mean, std, inputs }: Summary): string =>
  `${place}: ${short(mean)} ± ${short(std, 2)}, n ${inputs}`;

interface WhiskersProps {
  readonly summaries: readonly Summary[];
  readonly scale: ReturnType<typeof scaleOver>;
  readonly colour: string;
}

function Whiskers({ summaries, scale, colour }: WhiskersProps) {
  return (
    <Chart width={scale.range[1] + 6} height={16} label={summaries.map(words).join("; ")}>
      {summaries.map(({ place, mean, std }) => {
        if (Number.isNaN(mean)) return null;
        const y = summaries.length > 1 ? (place === "A" ? 5 : 11) : 8;
        return (
          <g key={place} stroke={colour}>
            <line x1={position(scale, mean - std)} x2={position(scale, mean + std)} y1={y} y2={y} />
            <circle
              cx={position(scale, mean)}
              cy={y}
              r={3}
              fill={place === "A" ? colour : "var(--background)"}
            />
          </g>
        );
      })}
    </Chart>
  );
}

function subjectsOf(key: string, model: Model) {
  const [a, b, other] = [state.a.value, state.momentB.value, state.modelB.value];
  const partner = other && keyIn(key, model, other);
  const subject = (place: Slot, moment: Omit<Subject, "subset">, subset: string) => ({
    key,
    place,
    subject: { run: moment.run, model: moment.model, step: moment.step, subset },
  });
  return [
    ...(a ? [subject("A", a, key)] : []),
    ...(b && partner && other.subsets.includes(partner) ? [subject("B", b, partner)] : []),
  ];
}
