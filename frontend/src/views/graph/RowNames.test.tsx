import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { GraphLayer } from "../../api/schema";
import { index, model } from "../../model/samples";
import { fit } from "../../state/selection";
import * as state from "../../state/store";
import { layoutOf } from "./layout";
import { graphOptions } from "./options";
import { RowNames } from "./RowNames";
import { sceneOf } from "./scene";
import { graph } from "./testing";

const root = document.createElement("div");

/** A row of one layer that is said to be like `changes`, and what can be pressed there. */
function show(changes: Partial<GraphLayer>, apart = 60): HTMLElement | null {
  const plain = graph([
    { layer: 0, unit: 0 },
    { layer: 1, unit: 0 },
  ]);
  const scene = sceneOf(
    {
      ...plain,
      layers: plain.layers.map((layer, place) => (place ? layer : { ...layer, ...changes })),
      options: { ...plain.options, of: ["activation", "deviation"] },
    },
    graphOptions.initial,
  );
  const camera = { zoom: 1, x: 0, y: 0 };
  const layout = layoutOf(scene, { pitch: apart, gap: 0, across: false }, null);
  act(() => render(<RowNames scene={scene} layout={layout} camera={camera} />, root));
  return root.querySelector("button.plain");
}

beforeEach(() => {
  state.receive(index(model()));
  state.selection.value = fit({}, index(model()));
});

afterEach(() => render(null, root));

it("counts a layer with negative activations by deviation, and back, at a press", () => {
  act(() => show({ negative: 0.4 })?.click());
  expect(graphOptions.value.of).toBe("deviation");
  act(() => show({ negative: 0.4, of: "deviation" })?.click());
  expect(graphOptions.value.of).toBeNull();
  expect(show({ negative: 0.05 })).toBeNull();
});

it("says less where rows are near one another", () => {
  const shown = (pitch: number) => {
    show({ negative: 0.4 }, pitch);
    return ["16 units", "negative"].map((word) => root.textContent?.split(word).length);
  };
  expect([60, 40, 20].map(shown)).toEqual([
    [3, 2],
    [2, 2],
    [1, 1],
  ]);
});
