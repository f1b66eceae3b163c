/** The numbers of layers over the steps, asked for in parts so that the first are there at once. */

import { useEffect, useState } from "preact/hooks";
import { type LayerSeries, layerSeries, type SeriesQuestion } from "../../api/architectureRoutes";
import type { Floats } from "../../api/arrays";
import type { ModelId } from "../../api/types";
import * as state from "../../state/store";

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
  const [found, setFound] = useState<{ readonly key: string; readonly series: Series } | null>(
    null,
  );
  const key = JSON.stringify([model?.run, model?.model, question, layers]);
  const inSight = state.visible.value;
  const revision = state.revision.value;
  const known = found?.key === key ? found.series : NOTHING;
  useEffect(() => {
    if (!model || !question || !inSight) return;
    let stale = false;
    const show = (series: Series) => {
      if (!stale) setFound({ key, series });
    };
    const ask = async () => {
      let now = NOTHING;
      for (let from = 0; from < layers.length && !stale; from += AT_ONCE) {
        const part = await layerSeries(
          model,
          question,
          { most },
          layers.slice(from, from + AT_ONCE),
        );
        now = joined(now, part);
        if (known.rows.size === 0) show(now);
      }
      show(now);
    };
    ask().catch((error: unknown) => {
      show({ ...known, failure: error instanceof Error ? error.message : String(error) });
    });
    return () => {
      stale = true;
    };
  }, [key, inSight, revision]);
  return known;
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
