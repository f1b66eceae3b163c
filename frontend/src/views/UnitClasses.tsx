import { distributions } from "../api";
import { INK } from "../color";
import { Name } from "../controls/Name";
import { keyIn, subsetName } from "../names";
import { useRemote } from "../remote";
import * as state from "../state";
import type { Model, Place, Subject, UnitId } from "../types";
import { range } from "./chart";
import { at } from "./panel";
import { position, scaleOver, short, span } from "./scale";
import { subsetColour } from "./subsets";
import { useSeen } from "./visible";

interface Props {
  readonly unit: UnitId;
  readonly model: Model;
  readonly width: number;
}

/** Mean and deviation of a class at a moment. */
interface Summary {
  readonly place: Place;
  readonly mean: number;
  readonly std: number;
  readonly inputs: number;
}

const NAMES = 88;

/** Mean ± standard deviation of the unit for every class, at A and at B. */
export function UnitClasses({ unit, model, width }: Props) {
  const keys = model.subsets.filter((key) => /^(class|target):\d+$/.test(key));
  const questions = keys.flatMap((key) => subjectsOf(key, model));
  const asked = useSeen(questions.length ? JSON.stringify([unit.layer, questions]) : null);
  const answer = useRemote(asked, async () => ({
    layer: unit.layer,
    questions,
    found: await distributions(
      unit.layer,
      questions.map(({ subject }) => subject),
    ),
  }));
  if (!answer.value || answer.value.layer !== unit.layer) {
    return answer.state === "failed" ? <p class="note">{answer.message}</p> : null;
  }
  const { arrays, meta } = answer.value.found;
  const rows = keys.map((key) => ({
    key,
    summaries: answer.value?.questions.flatMap((question, index): Summary[] => {
      if (question.key !== key) return [];
      const place = at(arrays, index, unit.unit);
      const [mean, std] = [arrays.mean, arrays.std].map(({ data }) => data[place] ?? Number.NaN);
      return [
        {
          place: question.place,
          mean: mean ?? Number.NaN,
          std: std ?? Number.NaN,
          inputs: meta.subjects[index]?.inputs ?? 0,
        },
      ];
    }),
  }));
  const all = rows.flatMap(({ summaries }) => summaries ?? []);
  const reach = span(
    range(all.map(({ mean, std }) => mean - std)),
    range(all.map(({ mean, std }) => mean + std)),
  );
  const scale = scaleOver("linear", reach, [6, width - NAMES - 52]);
  return (
    <section>
      <h3>mean ± sd by {model.task === "regression" ? "target" : "class"}</h3>
      <ul class="unit-classes">
        {rows.map(({ key, summaries = [] }) => (
          <li key={key}>
            <Name name={subsetName(model, key)} />
            <Whiskers
              summaries={summaries}
              scale={scale}
              colour={subsetColour(key) ?? INK[state.theme.value].faint}
            />
            <span class="number" title={summaries.map(words).join("; ")}>
              {short(summaries[0]?.mean ?? Number.NaN, 2)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
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
    <svg
      width={scale.range[1] + 6}
      height={16}
      role="img"
      aria-label={summaries.map(words).join("; ")}
      stroke={colour}
    >
      {summaries.map(({ place, mean, std }) => {
        if (Number.isNaN(mean)) return null;
        const y = summaries.length > 1 ? (place === "A" ? 5 : 11) : 8;
        return (
          <g key={place}>
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
    </svg>
  );
}

function subjectsOf(key: string, model: Model) {
  const [a, b, other] = [state.a.value, state.momentB.value, state.modelB.value];
  const partner = other && keyIn(key, model, other);
  const subject = (place: Place, moment: Omit<Subject, "subset">, subset: string) => ({
    key,
    place,
    subject: { run: moment.run, model: moment.model, step: moment.step, subset },
  });
  return [
    ...(a ? [subject("A", a, key)] : []),
    ...(b && partner && other.subsets.includes(partner) ? [subject("B", b, partner)] : []),
  ];
}
