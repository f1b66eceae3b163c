/** Pictures of units and of instances: an atlas a layer, the whole probe set in one answer, and crops of both. */

import { lasting, ofModel, picture, type Request, request, type Sized } from "../api/ask";
import type { Box, Model } from "../api/schema";
import type { ModelId, Thumbnails, UnitId } from "../api/types";
import type { Crop } from "../model/crop";
import { nearestEarlier } from "../model/moments";
import { answerTo } from "./answers";

export interface Facet extends Crop {
  /** At which it was made. */
  readonly step: number;
}

/** Pictures of instances asked for at once. */
export const PAGE = 512;

/**
 * The feature visualisations of a unit at the record of them nearest to `step`; empty while they are
 * under way and where there are none. Like all of this module it is asked in a component or an effect,
 * which runs again once there is more.
 */
export function facets(model: Model, step: number, { layer, unit }: UnitId): readonly Facet[] {
  const at = model.facetSteps[nearestEarlier(model.facetSteps, step)];
  if (at === undefined) return [];
  const found = answerTo(request("facets", { ...ofModel(model), step: at })).value;
  const atlas = (found?.layers[layer] ?? []).find(({ units }) => units.includes(unit));
  if (!atlas) return [];
  const image = answerTo(atlasOf(model, layer, atlas.id)).value;
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
  const page = answerTo(pageOf(model, probe.hash, first)).value;
  const image =
    page && answerTo(pictureIn(page, instance - first, [model, probe.hash, instance])).value;
  return image && cropped(image, box, probe.lossless);
}

/** Pictures of the probe set from `first` on, and as many as come at once. */
export const pageOf = (model: ModelId, hash: string, first: number): Request<Thumbnails> =>
  lasting(request("thumbnails", { ...ofModel(model), hash, first, count: PAGE }));

const atlasOf = (model: ModelId, layer: string, id: string): Request<HTMLImageElement> => {
  const url = picture("facet_atlas", { ...ofModel(model), layer, id });
  return { url, ask: () => decoded(url), lasting: true };
};

/** One picture of a page; it has an address for as long as it is kept. */
const pictureIn = (
  { arrays: { bytes, offset } }: Thumbnails,
  at: number,
  key: readonly unknown[],
): Request<HTMLImageElement> => ({
  url: JSON.stringify(key),
  ask: () => {
    const [from = 0, to = 0] = offset.data.subarray(at, at + 2);
    return decoded(URL.createObjectURL(new Blob([bytes.data.slice(from, to)])));
  },
  lasting: true,
  dispose: ({ src }) => URL.revokeObjectURL(src),
});

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

async function decoded(source: string): Promise<Sized<HTMLImageElement>> {
  const value = await new Promise<HTMLImageElement>((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error(`${source} is no picture`));
    image.src = source;
  });
  return { value, bytes: 4 * value.naturalWidth * value.naturalHeight };
}
