import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Model } from "../../api/schema";
import { compared } from "../../state/shared";
import * as state from "../../state/store";
import { Message } from "../../ui/Message";
import type { ViewProps } from "../define";
import { methodName } from "./describe";
import { MapPicture } from "./MapPicture";
import { Multiples } from "./Multiples";
import type { ProjectionOptions } from "./options";
import { ProjectionLegend } from "./ProjectionLegend";
import { ProjectionToolbar } from "./ProjectionToolbar";
import { SelectionBar } from "./SelectionBar";
import { savableMap } from "./save";
import { looksOf, MOST_TRAILS } from "./scene";
import { Transport } from "./Transport";
import { methodsOf, stepsOf } from "./useMaps";
import { useFollowing, useProjection } from "./useProjection";

/** Every input of the probe set as a point, layer by layer and step by step. */
export function ProjectionsView({ model, options }: ViewProps<ProjectionOptions>) {
  const methods = methodsOf(model);
  const method = methods.includes(options.method) ? options.method : (methods[0] ?? "pivot_mds");
  const key = JSON.stringify([model.run, model.model, method]);
  return (
    <div class="projections" data-view="projections">
      <Maps key={key} model={model} options={options} methods={methods} method={method} />
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
  const [layers, setLayers] = useState<readonly string[] | null>(null);
  const { watched, onRest } = useFollowing(model, options, steps, layers);
  const [pinned, setPinned] = useState<number | null>(null);
  const [loops, setLoops] = useState(true);
  watched.playhead.loops = loops;
  const found = useProjection(model, options, method, watched, pinned);
  const { answer, sides, framing, layer, memory, all, isFiltered } = found;
  const hovered = useSignal<number | null>(null);
  const chosen = state.instances.value ?? [];
  const rings = useMemo(() => new Set(chosen), [state.instances.value]);
  const first = sides[0];
  const names = first?.from.layers ?? null;
  useEffect(() => setLayers(names), [names]);
  const minus = compared.value.comparison === "minus";
  const hasPairs = first?.facts.instances.some(({ pair }) => pair >= 0) ?? false;
  const looks = first && looksOf(memory, options.colour, first.place, first.facts);
  const savable = () => savableMap(sides, watched.playhead, rings);
  return (
    <>
      <ProjectionToolbar
        {...{ options, methods, method, hasPairs }}
        hasB={sides.length > 1}
        comparison={minus ? "minus" : "beside"}
        chosen={chosen.length}
        pictured={model.probe?.pictured ?? false}
        savable={savable}
      />
      {answer.state === "failed" && (
        <Message kind="failed" title="The maps could not be computed">
          {answer.message}
        </Message>
      )}
      {!first && answer.state !== "failed" && (
        <Message kind="loading" title={`Computing ${methodName(method)} maps…`} />
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
            hovered={hovered}
            onLayer={(to) => watched.playhead.goToLayer(to)}
          />
          <Transport
            {...{ watched, loops, onRest, steps }}
            layers={first.from.layers}
            onLoops={setLoops}
          />
          <SelectionBar
            facts={first.facts}
            selected={chosen}
            shown={first.from.shown.length}
            all={all.length}
            isFiltered={isFiltered}
          />
          <MapPicture
            {...{ watched, options, found, pinned, minus }}
            onPin={setPinned}
            onHover={(instance) => {
              hovered.value = instance;
            }}
          />
          <ProjectionLegend
            looks={looks}
            shown={all}
            subsets={first.facts.subsets}
            colouring={options.colour}
            isFiltered={isFiltered}
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
  if (trails === "steps" && selectedOnly)
    return "Step trails need the full map (turn off “Selected only”)";
  if (chosen === 0) return "Select instances to show trails";
  const some = chosen > MOST_TRAILS ? `the first ${MOST_TRAILS} of ${chosen}` : "the selected";
  return `trails: ${some} instances over the ${trails}`;
}
