/** What is asked besides the maps: predictions, trails over the steps, and the nearest of one instance. */

import { useMemo } from "preact/hooks";
import { ofModel, ofMoment, type Request, request } from "../../api/ask";
import type { Instance, Model, NearestInstances } from "../../api/schema";
import type { Moment, Predictions, Remote, Trail } from "../../api/types";
import type { Positions } from "../../gl/field";
import { ranges } from "../../model/ranges";
import { useAnswer, useAnswers } from "../../state/answers";
import { MOST_TRAILS, type SideTrails } from "./scene";
import type { MappedSide } from "./useMaps";
import { mappedBy } from "./useMaps";

const NOBODY: readonly Instance[] = [];

export function usePeople(model: Model): readonly Instance[] {
  const answer = useAnswer(model.probe && request("instances", ofModel(model)));
  return answer.value?.instances ?? NOBODY;
}

export const usePredictions = (moment: Moment | null): Predictions | null =>
  useAnswer(moment && request("predictions", ofMoment(moment))).value;

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
  const asked = wanted && some.length > 0 && sides.length > 0 && two[0] !== undefined;
  const questions = sides.flatMap(({ model, place }) =>
    two.map((name): Request<Trail> => {
      const anchor = place === "B" ? (sides[0]?.model ?? null) : null;
      return request("trail", {
        ...ofModel(model),
        layer: name ?? "",
        instances: ranges(some),
        ...mappedBy(method, model, anchor),
      });
    }),
  );
  const { value, about } = useAnswers(asked ? questions : null, layer);
  return useMemo(
    () =>
      sides.map((_, side) => {
        const [from, to] = [value?.[2 * side], value?.[2 * side + 1]];
        if (!from || !to || about === null) return null;
        const instances = Array.from(from.arrays.instance.data);
        return { layer: about, places: [placesOf(from), placesOf(to)], instances };
      }),
    [value, about, sides.length],
  );
}

const placesOf = ({ arrays, meta }: Trail): Positions => ({
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
  return useAnswer(
    asked ? request("neighbours", { ...ofModel(model), step, layer, instance }) : null,
  );
}
