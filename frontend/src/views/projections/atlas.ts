/** The pictures of the whole probe set, gathered in one canvas as they come. */

import { useEffect, useState } from "preact/hooks";
import type { Model } from "../../api/schema";
import type { Atlas } from "../../gl/textures";
import { answered } from "../../state/answers";
import { PAGE, pageOf } from "../../state/pictures";

/** Largest side of the canvas, and of one picture in it. */
const LARGEST = 4096;
const TILE = 64;

type Pictured = Pick<Model, "run" | "model" | "probe">;

/** The atlas of a model's probe set while it is wanted; a new value with every page of pictures. */
export function useAtlas(model: Pictured, wanted: boolean): Atlas | null {
  const [atlas, setAtlas] = useState<Atlas | null>(null);
  const hash = wanted && model.probe?.pictured ? model.probe.hash : null;
  useEffect(() => {
    if (hash === null || !model.probe) {
      setAtlas(null);
      return;
    }
    let stale = false;
    const { size, lossless } = model.probe;
    void gather(model, hash, size, lossless, (found) => {
      if (!stale) setAtlas(found);
      return !stale;
    });
    return () => {
      stale = true;
    };
  }, [model.run, model.model, hash]);
  return atlas;
}

/** Calls `told` after every page; stops when it answers false. What cannot be read stays empty. */
async function gather(
  model: Pictured,
  hash: string,
  size: number,
  exact: boolean,
  told: (atlas: Atlas) => boolean,
): Promise<void> {
  const tiles = Math.max(1, Math.ceil(Math.sqrt(size)));
  const tile = Math.min(TILE, Math.floor(LARGEST / tiles));
  const source = document.createElement("canvas");
  source.width = source.height = tiles * tile;
  const context = source.getContext("2d", { willReadFrequently: true });
  if (!context) return;
  context.imageSmoothingEnabled = !exact;
  for (let first = 0, revision = 1; first < size; first += PAGE, revision++) {
    const { bytes, offset } = (await answered(pageOf(model, hash, first))).arrays;
    const pictures = Array.from({ length: offset.data.length - 1 }, async (_, place) => {
      const data = bytes.data.slice(offset.data[place], offset.data[place + 1]);
      const picture = await createImageBitmap(new Blob([data]));
      const at = first + place;
      const scale = tile / Math.max(picture.width, picture.height);
      const [width, height] = [picture.width * scale, picture.height * scale];
      const left = (at % tiles) * tile + (tile - width) / 2;
      const top = Math.floor(at / tiles) * tile + (tile - height) / 2;
      context.drawImage(picture, left, top, width, height);
      picture.close();
    });
    await Promise.allSettled(pictures);
    if (!told({ source, tiles, revision })) return;
  }
}
