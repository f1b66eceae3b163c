/** Small maps for tests. */

import type { Predictions, Projection } from "../../api/types";
import { instance, model } from "../../model/samples";
import type { Facts } from "./colouring";

const floats = (values: readonly number[], ...shape: readonly number[]) => ({
  data: Float32Array.from(values),
  shape,
});

/** Maps `[layers][instances][2]` of numbered instances. */
export function projection(
  layers: readonly string[],
  xy: readonly (readonly (readonly [number, number])[])[],
  numbers = (xy[0] ?? []).map((_, at) => at),
): Projection {
  const each = (value: number) =>
    floats(
      layers.map(() => value),
      layers.length,
    );
  return {
    arrays: {
      xy: floats(xy.flat(2), layers.length, numbers.length, 2),
      instance: { data: Uint16Array.from(numbers), shape: [numbers.length] },
      pivot: { data: Uint16Array.from([0]), shape: [1] },
      radius: each(1),
      stress: each(0.21),
      trustworthiness: each(0.93),
      continuity: each(0.9),
      preservation: each(Number.NaN),
      mirrored: { data: Uint8Array.from(layers.map((_, at) => at % 2)), shape: [layers.length] },
      residual: each(0.5),
      spread: each(0.01),
    },
    meta: {
      step: 80,
      hash: "9f2c",
      metric: "euclidean",
      layers,
      method: layers.map(() => "pivot_mds"),
      anchored: false,
      reason: null,
    },
  };
}

/** The most probable class and its probability, by instance. */
export function predictions(said: readonly (readonly [number, number])[]): Predictions {
  const none = floats([], 0);
  return {
    arrays: {
      top: { data: Uint8Array.from(said.map(([label]) => label)), shape: [said.length, 1] },
      probability: floats(
        said.map(([, probability]) => probability),
        said.length,
        1,
      ),
      label_probability: none,
      energy: none,
      margin: none,
      outputs: none,
    },
    meta: { step: 80 },
  };
}

/** Four instances: a cat predicted as a cat, one as a dog, a ship, and an altered cat. */
export const FACTS: Facts = {
  model: model(),
  instances: [
    instance({ name: "one", label: 0 }),
    instance({ name: "two", label: 0 }),
    instance({ name: "three", label: 2 }),
    instance({ name: "four", label: 0, pair: 0, note: "one pixel" }),
  ],
  predictions: predictions([
    [0, 0.995],
    [1, 0.6],
    [2, 0.3],
    [1, 0.95],
  ]),
  subsets: [{ key: "class:2", hue: 7 }],
  hues: new Map([
    ["cat", 0],
    ["dog", 1],
    ["ship", 7],
  ]),
  theme: "light",
};
