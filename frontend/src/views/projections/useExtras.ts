/** What is asked besides the maps: predictions, trails over the steps, and the nearest of one instance. */

import * as projectionApi from "../../api/projectionRoutes";
import type { NearestInstances, Trail } from "../../api/projectionTypes";
import * as api from "../../api/routes";
import type { Instance, Model, Moment, Predictions, Remote } from "../../api/types";
import type { Places } from "../../gl/field";
import { useRemote } from "../../state/remote";
import * as state from "../../state/store";
import { useSeen } from "../../state/visible";
import { MOST_TRAILS, type SideTrails } from "./scene";
import type { MappedSide } from "./useMaps";

const NOBODY: readonly Instance[] = [];

export function usePeople(model: Model): readonly Instance[] {
  const key = model.probe ? JSON.stringify([model.run, model.model, model.probe.hash]) : null;
  return useRemote(key, async () => (await api.instances(model)).instances).value ?? NOBODY;
}

export function usePredictions(moment: Moment | null): Predictions | null {
  const key = moment && JSON.stringify([moment, state.revision.value]);
  return useRemote(useSeen(key), async () => moment && (await api.predictions(moment))).value;
}

/** By side the trails of the chosen instances in two layers; null while they are under way. */
export function useTrails(
  sides: readonly MappedSide[],
  wanted: boolean,
  layer: number,
  chosen: readonly number[],
  method: string,
): readonly (SideTrails | null)[] {
  const some = chosen.slice(0, MOST_TRAILS);
  const names = sides[0]?.from.layers ?? [];
  const two = [names[layer], names[Math.min(layer + 1, names.length - 1)]];
  const models = sides.map(({ model: { run, model } }) => [run, model]);
  const asked = wanted && some.length > 0 && sides.length > 0 && two[0] !== undefined;
  const key = asked ? JSON.stringify([two, models, some, method, state.revision.value]) : null;
  const answer = useRemote(useSeen(key), () =>
    Promise.all(
      sides.map(({ model, place }) => {
        const anchor = place === "B" ? (sides[0]?.model ?? null) : null;
        const other = anchor?.run === model.run && anchor.model === model.model ? null : anchor;
        return trailsOf(model, layer, two, some, { method, anchor: other });
      }),
    ),
  );
  return asked ? (answer.value ?? []) : [];
}

async function trailsOf(
  model: Model,
  layer: number,
  names: readonly (string | undefined)[],
  chosen: readonly number[],
  mapping: projectionApi.Mapping,
): Promise<SideTrails | null> {
  const [from, to] = await Promise.all(
    names.map((name) => projectionApi.trail(model, name ?? "", chosen, mapping)),
  );
  if (!from || !to) return null;
  return {
    layer,
    places: [placesOf(from), placesOf(to)],
    instances: Array.from(from.arrays.instance.data),
  };
}

const placesOf = ({ arrays, meta }: Trail): Places => ({
  xy: arrays.xy.data,
  slices: meta.steps.length,
  rows: arrays.instance.data.length,
});

/** The ones nearest to an instance in a layer at a moment; asked for where they are recorded. */
export function useNeighbours(
  model: Model,
  step: number | undefined,
  layer: string | undefined,
  instance: number | null,
): Remote<NearestInstances> {
  const asked =
    instance !== null && step !== undefined && layer !== undefined && model.projection?.neighbours;
  const moment = { run: model.run, model: model.model, step: step ?? 0 };
  const key = asked ? JSON.stringify([moment, layer, instance, state.revision.value]) : null;
  return useRemote(useSeen(key), () =>
    projectionApi.neighbours(moment, layer ?? "", instance ?? 0),
  );
}
