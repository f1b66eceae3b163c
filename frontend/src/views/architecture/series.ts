/** The numbers of layers over the steps, asked for in parts so that the first are there at once. */

import { useMemo, useRef } from "preact/hooks";
import { ofModel, request, sent } from "../../api/ask";
import type { Answers, Arguments, Floats } from "../../api/schema";
import type { ModelId, Subject } from "../../api/types";
import { useInTurn } from "../../state/answers";

export type LayerSeries = Answers["layer_series"];

/** What is asked of every layer: change since a step, or the divergence of two subjects, or neither. */
export interface SeriesQuestion {
  readonly of: LayerSeries["meta"]["of"];
  readonly since: number | null;
  readonly subjects: readonly Subject[];
}

/** The question for some layers, all where none is named: at one step, or over at most so many. */
export const seriesOf = (
  model: ModelId,
  { of, since, subjects }: SeriesQuestion,
  rest: Pick<Arguments["layer_series"], "step" | "most" | "layer">,
) => request("layer_series", { ...ofModel(model), of, since, ...rest, s: subjects.map(sent) });

export interface Row {
  readonly values: readonly number[];
  readonly noise: readonly number[];
}

export interface Series {
  readonly steps: readonly number[];
  /** By layer, as far as they have come. */
  readonly rows: ReadonlyMap<string, Row>;
  /** The step that change is counted from. */
  readonly since: number | null;
  readonly failure: string | null;
}

export const NOTHING: Series = { steps: [], rows: new Map(), since: null, failure: null };

const AT_ONCE = 12;

/** The series of some layers; what was there stays until all of it has been asked for anew. */
export function useSeries(
  model: ModelId | null,
  question: SeriesQuestion | null,
  layers: readonly string[],
  most: number,
): Series {
  const starts = layers.flatMap((_, at) => (at % AT_ONCE === 0 ? at : []));
  const questions =
    model && question
      ? starts.map((at) =>
          seriesOf(model, question, { most, layer: layers.slice(at, at + AT_ONCE) }),
        )
      : [];
  const answers = useInTurn(questions);
  const found = useMemo(
    () => answers.reduce((before, { value }) => (value ? joined(before, value) : before), NOTHING),
    [answers],
  );
  const key = JSON.stringify(questions.map(({ url }) => url));
  const whole = useRef({ key: "", series: NOTHING });
  const isReady = answers.every(({ state }) => state === "ready");
  if (isReady && answers.length === questions.length) whole.current = { key, series: found };
  const failed = answers.find(({ state }) => state === "failed");
  const failure = failed?.state === "failed" ? failed.message : null;
  const series = whole.current.key === key ? whole.current.series : found;
  return useMemo(() => ({ ...series, failure }), [series, failure]);
}

export function joined(before: Series, { arrays: { values, noise }, meta }: LayerSeries): Series {
  const { steps, layers, since } = meta;
  const isSame = JSON.stringify(before.steps) === JSON.stringify(steps);
  const rowOf = ({ data }: Floats, at: number) => [
    ...data.subarray(at * steps.length, (at + 1) * steps.length),
  ];
  const rows = layers.map((name, at): [string, Row] => [
    name,
    { values: rowOf(values, at), noise: rowOf(noise, at) },
  ]);
  return { steps, since, rows: new Map([...(isSame ? before.rows : []), ...rows]), failure: null };
}
