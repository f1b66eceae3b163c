import { ofModel, ofMoment, request, sent } from "../api/ask";
import type { Model } from "../api/schema";
import type { Moment } from "../api/types";
import { instanceMarks } from "../model/color";
import { type Part, type RailUse, unused } from "../model/railUse";
import { useAnswer } from "../state/answers";
import * as state from "../state/store";
import { Instances } from "./Instances";
import { Layers } from "./Layers";
import { Moments } from "./Moments";
import { Rail } from "./Rail";
import { Runs } from "./Runs";
import { Subsets } from "./Subsets";

interface Props {
  readonly models: readonly Model[];
  readonly model: Model;
  readonly a: Moment;
  /** The view that is shown, and what acts in it. */
  readonly view: string;
  readonly use: RailUse;
}

/** The rail: everything that is chosen, wired to the state and to the backend. */
export function Choices({ models, model, a, view, use }: Props) {
  const { differences, metrics, instances, predictions } = useRail(model, a);
  const chosen = state.instances.value ?? [];
  const has = (part: Part) => use.acts.includes(part);
  const hint = unused(use, view);
  return (
    <Rail>
      <Moments
        models={models}
        a={a}
        modelA={model}
        b={state.b.value}
        modelB={state.modelB.value}
        momentB={state.momentB.value}
        active={state.visible.value}
        onA={state.chooseA}
        onB={state.chooseB}
        onLink={state.chooseLink}
        onStep={state.moveTo}
      />
      {has("layers") && (
        <Layers
          layers={model.layers}
          goes={use.layer && { now: use.layer.now(), go: use.layer.go }}
          shown={state.layers.value ?? []}
          differences={state.comparison.value && (differences.value?.layers ?? null)}
          failure={differences.state === "failed" ? differences.message : null}
          onToggle={state.toggleLayer}
          onOnly={(name) => state.choose({ layers: [name] })}
        />
      )}
      {has("subsets") && (
        <Subsets
          model={model}
          step={a.step}
          shown={state.subsets.value ?? []}
          onlyInA={state.onlyInA.value}
          metrics={metrics.value}
          onToggle={(key) => {
            state.toggleSubset(key);
            use.onSubset?.();
          }}
        />
      )}
      {has("instances") && (
        <Instances
          model={model}
          set={instances}
          predictions={predictions.value}
          marks={instanceMarks(instances.value?.instances ?? [], chosen, state.theme.value)}
          onToggle={state.toggleInstance}
        />
      )}
      {(has("runs") || state.unit.value !== null) && (
        <Runs
          models={models}
          a={a}
          b={state.b.value}
          more={state.more.value ?? []}
          onToggle={state.toggleMore}
        />
      )}
      {hint && <p class="faint rail-hint">{hint}</p>}
    </Rail>
  );
}

/** What the rail asks the backend. */
function useRail(model: Model, a: Moment) {
  const [one, other] = state.comparison.value ?? [];
  // elsewhere no layers are chosen here, and a switch of class costs as little as it can
  const opens = state.view.value === "distributions";
  const differences = useAnswer(
    opens && one && other
      ? request("layers", { s: [sent(one.subject), sent(other.subject)] })
      : null,
  );
  const metrics = useAnswer(model.task && request("metrics", ofModel(model)));
  const instances = useAnswer(model.probe && request("instances", ofModel(model)));
  const predictions = useAnswer(model.probe && request("predictions", ofMoment(a)));
  return { differences, metrics, instances, predictions };
}
