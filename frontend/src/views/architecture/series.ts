/** The numbers of layers over the steps, asked for in parts so that the first are there at once. */

import { useEffect, useState } from "preact/hooks";
import { layerSeries, type SeriesQuestion } from "../../architectureApi";
import * as state from "../../state";
import type { ModelId } from "../../types";

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

/** The series of some layers; what was there before stays while the same question is asked again. */
export function useSeries(
  model: ModelId | null,
  question: SeriesQuestion | null,
  layers: readonly string[],
): Series {
  const [found, setFound] = useState<{ readonly key: string; readonly series: Series } | null>(
    null,
  );
  const key = JSON.stringify([model?.run, model?.model, question, layers]);
  const inSight = state.visible.value;
  const revision = state.revision.value;
  useEffect(() => {
    if (!model || !question || !inSight) return;
    const run = { stale: false };
    const take = (change: (before: Series) => Series) =>
      setFound((before) => ({
        key,
        series: change(before?.key === key ? before.series : NOTHING),
      }));
    gather(model, question, layers, run, take).catch((error: unknown) => {
      const failure = error instanceof Error ? error.message : String(error);
      if (!run.stale) take((before) => ({ ...before, failure }));
    });
    return () => {
      run.stale = true;
    };
  }, [key, inSight, revision]);
  return found?.key === key ? found.series : NOTHING;
}

async function gather(
  model: ModelId,
  question: SeriesQuestion,
  layers: readonly string[],
  run: { readonly stale: boolean },
  take: (change: (before: Series) => Series) => void,
): Promise<void> {
  for (let from = 0; from < layers.length && !run.stale; from += AT_ONCE) {
    const part = await layerSeries(model, question, layers.slice(from, from + AT_ONCE));
    if (run.stale) return;
    const { steps, since } = part.meta;
    const rows = part.meta.layers.map((name, at): [string, Row] => [
      name,
      {
        values: [...part.arrays.values.data.subarray(at * steps.length, (at + 1) * steps.length)],
        noise: [...part.arrays.noise.data.subarray(at * steps.length, (at + 1) * steps.length)],
      },
    ]);
    take((before) => {
      const sameSteps = JSON.stringify(before.steps) === JSON.stringify(steps);
      return {
        steps,
        since,
        rows: new Map([...(sameSteps ? before.rows : []), ...rows]),
        failure: null,
      };
    });
  }
}
