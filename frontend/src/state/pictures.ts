/** Pictures of units and of instances: an atlas a layer, the whole probe set in one answer, and crops of both. */

import * as api from "../api/graphRoutes";
import type { Box } from "../api/graphTypes";
import type { Model, UnitId } from "../api/types";
import type { Crop } from "../model/crop";
import { nearestEarlier } from "../model/moments";
import { loaded } from "./loaded";

export interface Facet extends Crop {
  /** At which it was made. */
  readonly step: number;
}

/** Pictures of instances asked for at once. */
const PAGE = 512;

/**
 * The feature visualisations of a unit at the record of them nearest to `step`; empty while they are
 * under way and where there are none. Like all of this module it is asked in a component or an effect,
 * which runs again once there is more.
 */
export function facets(model: Model, step: number, { layer, unit }: UnitId): readonly Facet[] {
  const at = model.facetSteps[nearestEarlier(model.facetSteps, step)];
  if (at === undefined) return [];
  const moment = { run: model.run, model: model.model, step: at };
  const found = loaded(["facets", ...Object.values(moment)], () => api.facets(moment), true);
  const atlas = (found?.layers[layer] ?? []).find(({ units }) => units.includes(unit));
  if (!atlas) return [];
  const source = api.facetAtlas(model, layer, atlas);
  const image = loaded([source], () => decoded(source));
  if (!image) return [];
  const { tile, columns, perUnit } = atlas;
  const first = atlas.units.indexOf(unit) * perUnit;
  return Array.from({ length: perUnit }, (_, offset) => ({
    image,
    x: ((first + offset) % columns) * tile,
    y: Math.floor((first + offset) / columns) * tile,
    width: tile,
    height: tile,
    exact: false,
    step: atlas.step,
  }));
}

/** An instance's whole picture, or the part in `box`; null while it is under way or where there is none. */
export function instancePicture(
  model: Model,
  instance: number,
  box: Box = [0, 0, 1, 1],
): Crop | null {
  const { probe } = model;
  if (!probe?.pictured || instance >= probe.size) return null;
  const first = instance - (instance % PAGE);
  const page = loaded(["thumbnails", model.run, model.model, probe.hash, first], () =>
    api.thumbnails(model, probe.hash, first, PAGE),
  );
  if (!page) return null;
  const { bytes, offset } = page.arrays;
  const [from = 0, to = 0] = offset.data.subarray(instance - first, instance - first + 2);
  const image = loaded(["instance", model.run, model.model, probe.hash, instance], () =>
    decoded(URL.createObjectURL(new Blob([bytes.data.slice(from, to)]))),
  );
  return image && cropped(image, box, probe.lossless);
}

function cropped(image: HTMLImageElement, [y0, x0, y1, x1]: Box, exact: boolean): Crop {
  const { naturalWidth: width, naturalHeight: height } = image;
  return {
    image,
    x: x0 * width,
    y: y0 * height,
    width: (x1 - x0) * width,
    height: (y1 - y0) * height,
    exact,
  };
}

function decoded(source: string): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error(`${source} is no picture`));
    image.src = source;
  });
}
