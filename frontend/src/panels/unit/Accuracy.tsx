import { ofModel, request } from "../../api/ask";
import type { Model } from "../../api/schema";
import type { Metrics } from "../../api/types";
import { hueColour } from "../../model/color";
import { findModel, sameModel } from "../../model/moments";
import { keyIn, shownName, subsetName } from "../../model/names";
import { scoreName, scoresAt } from "../../model/scores";
import { type Line, LineChart, LineKey } from "../../plot/LineChart";
import { useAnswers } from "../../state/answers";
import * as state from "../../state/store";

/** Dash patterns of the runs, A's first. */
export const DASHES = ["", "6 3", "2 2", "8 2 2 2", "1 3", "10 4"] as const;

/** A's run, B's, and those ticked. */
export function shownModels(): readonly Model[] {
  const index = state.index.value.value;
  const [a, b] = [state.modelA.value, state.modelB.value];
  const more = (state.more.value ?? []).flatMap((id) => (index && findModel(index, id)) ?? []);
  const all = [a, b, ...more].filter((model): model is Model => model !== null);
  return all.filter((model, place) => all.findIndex((other) => sameModel(other, model)) === place);
}

/** Accuracy of the shown classes over the steps, in every run that is shown. */
export function Accuracy({ width }: { readonly width: number }) {
  const models = shownModels().filter(({ task }) => task !== null);
  const [first] = models;
  const answer = useAnswers(models.map((model) => request("metrics", ofModel(model))));
  if (!first || !answer.value) {
    return answer.state === "failed" ? <p class="note">{answer.message}</p> : null;
  }
  const regression = first.task === "regression";
  const what = scoreName(first.task);
  const lines = answer.value.flatMap((found, place) => {
    const model = models[place];
    return model ? linesOf(first, model, found, DASHES[place % DASHES.length] ?? "") : [];
  });
  if (!lines.length) {
    return <p class="note">No class metrics for this selection. Select a class.</p>;
  }
  return (
    <section>
      <h3>{what}</h3>
      <figure class="accuracy">
        <LineChart
          lines={lines}
          width={width}
          height={104}
          label={`${what} over the steps: ${lines.map(({ name }) => name).join(", ")}`}
          at={state.a.value?.step ?? 0}
          y={regression ? null : [0, 1]}
        />
        <figcaption class="faint">
          per {regression ? "part of the targets" : "class"} over the steps
          {models.length > 1 &&
            models.map(({ run }, place) => (
              <RunKey key={run} run={run} dash={DASHES[place % DASHES.length] ?? ""} />
            ))}
        </figcaption>
      </figure>
    </section>
  );
}

function RunKey({ run, dash }: { readonly run: string; readonly dash: string }) {
  return (
    <span class="run-key">
      <LineKey colour="currentColor" dash={dash} /> <bdi>{shownName(run)}</bdi>
    </span>
  );
}

function linesOf(first: Model, model: Model, metrics: Metrics, dash: string): Line[] {
  const theme = state.theme.value;
  const scores = scoresAt(metrics, metrics.meta.steps.at(-1) ?? 0, first.task === "regression");
  const line = (name: string, colour: string, key: string): Line[] => {
    const score = scores.get(key);
    if (!score) return [];
    return [
      {
        name: `${name} · ${shownName(model.run)} · n ${score.inputs}`,
        colour,
        dash,
        xs: metrics.meta.steps,
        ys: score.history,
      },
    ];
  };
  return (state.subsets.value ?? []).flatMap(({ key, hue }) => {
    const partner = keyIn(key, first, model);
    return partner === null ? [] : line(subsetName(first, key), hueColour(hue, theme), partner);
  });
}
