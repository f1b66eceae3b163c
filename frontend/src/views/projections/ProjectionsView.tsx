import { useMemo, useRef, useState } from "preact/hooks";
import type { Model } from "../../api/schema";
import { save } from "../../panels/save";
import * as state from "../../state/store";
import type { ProjectionOptions } from "../../state/viewOptions";
import type { Format } from "../../ui/Exports";
import { Message } from "../../ui/Message";
import { methodName } from "./describe";
import { MapPicture } from "./MapPicture";
import { Multiples } from "./Multiples";
import { ProjectionLegend } from "./ProjectionLegend";
import { ProjectionToolbar } from "./ProjectionToolbar";
import { savableMap } from "./save";
import { looksOf, MOST_TRAILS } from "./scene";
import type { ProjectionStage } from "./stage";
import { Transport } from "./Transport";
import { methodsOf, stepsOf } from "./useMaps";
import { useFollowing, useProjection } from "./useProjection";

const PROBE_CODE = `from summary_ops import ProbeSet, Recorder

recorder = Recorder(model, probe=ProbeSet.sample(test_set))
recorder.run(loader)
recorder.write(writer, step)`;

/** Every input of the probe set as a point, layer by layer and step by step. */
export function ProjectionsView() {
  const [model, options] = [state.modelA.value, state.projection.value];
  if (!model || !options) return null;
  const methods = methodsOf(model);
  const method = methods.includes(options.method) ? options.method : methods[0];
  const key = JSON.stringify([model.run, model.model, method]);
  return (
    <div class="projections" data-view="projections">
      {method === undefined ? (
        <Nothing model={model} />
      ) : (
        <Maps key={key} model={model} options={options} methods={methods} method={method} />
      )}
    </div>
  );
}

const NOBODY: ReadonlySet<number> = new Set();

interface MapsProps {
  readonly model: Model;
  readonly options: ProjectionOptions;
  readonly methods: readonly string[];
  readonly method: string;
}

function Maps({ model, options, methods, method }: MapsProps) {
  const steps = stepsOf(model, method);
  const { watched, onRest } = useFollowing(model, options, steps);
  const [pinned, setPinned] = useState<number | null>(null);
  const [loops, setLoops] = useState(true);
  watched.playhead.loops = loops;
  const found = useProjection(model, options, method, watched, pinned);
  const { answer, sides, framing, layer, memory } = found;
  const stage = useRef<ProjectionStage | null>(null);
  const chosen = state.instances.value ?? [];
  const rings = useMemo(() => new Set(chosen), [state.instances.value]);
  const first = sides[0];
  const minus = state.options.value?.comparison === "minus";
  const hasPairs = first?.facts.instances.some(({ pair }) => pair >= 0) ?? false;
  const looks = first && looksOf(memory, options.colour, first.place, first.facts);
  const keepAs = (format: Format) =>
    save(format, savableMap({ stage: stage.current, sides, watched, chosen: rings, looks, layer }));
  return (
    <>
      <ProjectionToolbar
        {...{ options, methods, method, hasPairs }}
        hasB={sides.length > 1}
        comparison={minus ? "minus" : "beside"}
        chosen={chosen.length}
        pictured={model.probe?.pictured ?? false}
        onExport={keepAs}
      />
      {answer.state === "failed" && (
        <Message kind="failed" title="The maps cannot be made">
          {answer.message}
        </Message>
      )}
      {!first && answer.state !== "failed" && (
        <Message kind="loading" title={`Making maps by ${methodName(method)}…`} />
      )}
      {first && looks && (
        <>
          <Multiples
            maps={first.now}
            extent={framing.extent}
            looks={looks}
            chosen={options.selectedOnly ? NOBODY : rings}
            theme={state.theme.value}
            layer={layer}
            isCompared={sides.length > 1}
            onLayer={(to) => watched.playhead.goToLayer(to)}
          />
          <Transport
            {...{ watched, loops, onRest, steps }}
            layers={first.from.layers}
            onLoops={setLoops}
          />
          <MapPicture
            {...{ watched, options, found, pinned, minus }}
            onPin={setPinned}
            onStage={(made) => {
              stage.current = made;
            }}
          />
          <ProjectionLegend
            looks={looks}
            shown={first.from.shown}
            minus={minus && sides.length > 1}
            hasPairs={options.pairs && hasPairs}
            trails={trailText(options, chosen.length)}
          />
        </>
      )}
    </>
  );
}

/** What the trails are of, if any are wanted. */
function trailText({ trails, selectedOnly }: ProjectionOptions, chosen: number): string | null {
  if (trails === "none") return null;
  if (trails === "steps" && selectedOnly) return "trails over the steps: on the map of all only";
  if (chosen === 0) return "trails: choose instances to see their ways";
  const some = chosen > MOST_TRAILS ? `the first ${MOST_TRAILS} of ${chosen}` : "the chosen";
  return `trails of ${some} over the ${trails}`;
}

/** Why there are no maps, and what would make some. */
function Nothing({ model }: { readonly model: Model }) {
  return (
    <Message
      title={model.probe ? "No projections are recorded" : "No probe set in this run"}
      code={PROBE_CODE}
    >
      {model.probe
        ? "This run has a probe set, but no distances between its activations: its Recorder had projection=None, or its inputs did not come through run or write_probe."
        : "Maps show the inputs of the probe set, the same ones at every step: each layer places those near one another that it treats alike."}
    </Message>
  );
}
