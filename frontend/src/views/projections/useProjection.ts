/** Everything the view shows, asked for and put together. */

import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Model } from "../../api/schema";
import type { Remote } from "../../api/types";
import { nearestEarlier } from "../../model/moments";
import { useHuesOfAll } from "../../state/colours";
import type { LayerPlace } from "../../state/shared";
import * as state from "../../state/store";
import type { Facts } from "./colouring";
import { inSubsets, onlySome } from "./filter";
import { type Extent, extentOf, layerAt, placeIn, reachingBoth } from "./maps";
import type { ProjectionOptions } from "./options";
import { projectionOptions } from "./options";
import { Memory, type SideFacts } from "./scene";
import type { Framing } from "./staging";
import { useNeighbours, usePeople, usePredictions, useTrails } from "./useExtras";
import { type Mapped, type MappedSide, stepsOf, useMaps } from "./useMaps";
import { usePlace, usePlayhead, type Watched } from "./watched";

const EVERYTHING: Extent = { x: 0, y: 0, reach: 1 };
const NONE: readonly number[] = [];

/** The playhead, which follows the page's choices and writes where it has come to rest into them. */
export function useFollowing(
  model: Model,
  options: ProjectionOptions,
  steps: readonly number[],
  /** Those that have maps; null until that is known. */
  layers: readonly string[] | null,
): { readonly watched: Watched; readonly onRest: () => void } {
  const record = Math.max(0, nearestEarlier(steps, state.a.value?.step ?? 0));
  const all = model.layers.map(({ name }) => name);
  const placeOf = (at: LayerPlace) => placeIn(at, layers ?? all, all);
  const onRest = () => {
    const isElsewhere = Math.abs(placeOf(projectionOptions.peek().layer) - playhead.layer) >= 1e-3;
    if (layers && isElsewhere) projectionOptions.choose({ layer: layerAt(playhead.layer, layers) });
    onStep(Math.round(playhead.step));
  };
  const onStep = (place: number) => {
    const step = steps[place];
    const now = steps[Math.max(0, nearestEarlier(steps, state.a.peek()?.step ?? 0))];
    if (step !== undefined && step !== now) state.moveTo(step);
  };
  const place = placeOf(options.layer);
  const watched = usePlayhead(place, record, onRest, onStep);
  const { playhead } = watched;
  playhead.lastStep = steps.length - 1;
  useEffect(() => {
    if (record !== Math.round(playhead.stepGoal)) playhead.goToStep(record);
  }, [record, model]);
  const isElsewhere = () => !playhead.moving && Math.abs(place - playhead.layer) > 2e-3;
  useEffect(() => {
    if (isElsewhere()) playhead.goToLayer(place);
  }, [JSON.stringify(options.layer)]);
  useEffect(() => {
    if (isElsewhere()) playhead.slideLayer(place);
  }, [JSON.stringify(layers)]);
  return { watched, onRest };
}

export interface Found {
  readonly answer: Remote<Mapped>;
  readonly sides: readonly SideFacts[];
  readonly framing: Framing;
  /** Place of the layer that it is nearest to. */
  readonly layer: number;
  readonly neighbours: ReturnType<typeof useNeighbours>;
  readonly memory: Memory;
  /** Instances that a filter leaves out included. */
  readonly all: readonly number[];
  readonly isFiltered: boolean;
}

/** The maps and what is known of the instances on them. */
export function useProjection(
  model: Model,
  options: ProjectionOptions,
  method: string,
  watched: Watched,
  pinned: number | null,
): Found {
  const { playhead, span } = watched;
  const steps = stepsOf(model, method);
  const chosen = state.instances.value ?? NONE;
  const only = options.selectedOnly && chosen.length > 0 ? chosen : null;
  const answer = useMaps({ model, method, steps, span, chosen: only });
  const mapped = answer.value;
  useLayoutEffect(() => {
    if (!mapped) return;
    playhead.lastLayer = Math.max(0, (mapped.sides[0]?.from.layers.length ?? 1) - 1);
    playhead.layer = Math.min(playhead.layer, playhead.lastLayer);
    playhead.loaded(mapped.span[0], mapped.span[1]);
  }, [mapped]);
  const maps = mapped?.sides ?? [];
  const last = Math.max(0, (maps[0]?.from.layers.length ?? 1) - 1);
  const layer = Math.min(
    last,
    usePlace(watched, (head) => Math.round(head.layer)),
  );
  const later = useLater(watched);
  const below = Math.min(
    last,
    usePlace(watched, (head) => Math.floor(head.layer)),
  );
  const name = maps[0]?.from.layers[layer];
  const trails = useTrails(maps, options.trails === "steps" && !only, below, chosen, method);
  const step = steps[nearestEarlier(steps, state.a.value?.step ?? 0)];
  const neighbours = useNeighbours(model, step, name, pinned);
  const near = pinned === null ? null : (neighbours.value?.neighbours ?? null);
  const joined = useMemo(
    () =>
      near && pinned !== null
        ? { of: pinned, instances: near.map(({ instance }) => instance) }
        : null,
    [near, pinned],
  );
  const facts = useFacts(model);
  const { instances, predictions, subsets } = facts[0];
  const kept = useMemo(
    () => (options.subsetsOnly ? inSubsets(instances, predictions, subsets) : null),
    [options.subsetsOnly, instances, predictions, subsets],
  );
  const memory = useRef(new Memory()).current;
  const some = (side: MappedSide, end: "from" | "to") =>
    memory.keep(`${side.place} ${end}`, [side[end], kept], () => onlySome(side[end], kept));
  const drawn = maps.map((side) => ({ ...side, from: some(side, "from"), to: some(side, "to") }));
  const sides = drawn.map(
    (side, at): SideFacts => ({
      ...side,
      now: later ? side.to : side.from,
      facts: side.place === "A" ? facts[0] : facts[1],
      trails: trails[at] ?? null,
      neighbours: joined,
    }),
  );
  const framing = useFraming(mapped);
  const all = maps[0]?.from.shown ?? NONE;
  return { answer, sides, framing, layer, neighbours, memory, all, isFiltered: kept !== null };
}

/** What the picture shows: all maps so far of the same models, instances and method. */
function useFraming(mapped: Mapped | null): Framing {
  const framing = useRef<Framing>({ of: "", extent: EVERYTHING });
  return useMemo(() => {
    if (!mapped) return framing.current;
    const places = mapped.sides.flatMap(({ from, to }) => [from.places, to.places]);
    const [before, extent] = [framing.current, extentOf(places)];
    const isSame = before.of === mapped.of;
    framing.current = {
      of: mapped.of,
      extent: isSame ? reachingBoth(before.extent, extent) : extent,
    };
    return framing.current;
  }, [mapped]);
}

/** Whether the picture is nearer to the second of the two steps that it is between. */
function useLater(watched: Watched): boolean {
  const drawn = useRef(0);
  return (
    usePlace(watched, ({ isReady, t }) => {
      if (isReady) drawn.current = Math.round(t);
      return drawn.current;
    }) > 0
  );
}

/** What is known of the instances at A and at B. */
function useFacts(model: Model): readonly [Facts, Facts] {
  const other = state.modelB.value ?? model;
  const a = state.a.value;
  const instances = usePeople(model);
  const hues = useHuesOfAll(model);
  const common = { instances, subsets: state.subsets.value ?? [], hues, theme: state.theme.value };
  const [one, two] = [usePredictions(a), usePredictions(state.momentB.value)];
  return [
    { ...common, model, predictions: one },
    { ...common, model: other, predictions: two },
  ];
}
