import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { index, model } from "../../model/samples";
import { fit } from "../../state/selection";
import * as state from "../../state/store";
import { GraphStage } from "./GraphStage";
import { layoutOf } from "./layout";
import { graphOptions } from "./options";
import { sceneOf } from "./scene";
import { graphed, graphSubjects } from "./subjects";
import { twoChains } from "./testing";

const COUNTED = {
  steps: [80],
  subsets: ["class:0"],
  influence: [],
  masses: [0.03],
  of: ["activation"],
  measures: ["contribution"],
  links: [],
  notes: [],
} as const;

const answer = twoChains();
const root = document.createElement("div");
const node = (key: string): HTMLElement => {
  const found = [...root.querySelectorAll<HTMLElement>("[data-key]")].find(
    (element) => element.dataset.key === key,
  );
  if (!found) throw new Error(`no node ${key}`);
  return found;
};
const press = (target: HTMLElement, key: string) =>
  act(() => {
    target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  });
const lit = () =>
  [...root.querySelectorAll<HTMLElement>(".graph-node.is-lit")]
    .map(({ dataset }) => dataset.key)
    .sort();

function Stage() {
  const scene = sceneOf(answer, graphOptions.initial);
  return (
    <GraphStage
      scene={scene}
      layout={layoutOf(scene, { ...graphOptions.initial, across: false }, null)}
      size="count"
      subjects={graphed(answer, graphSubjects().subjects, "light")}
      question="one"
      onArrange={() => {}}
      onPress={() => {}}
    />
  );
}

beforeEach(async () => {
  const known = index(model({ graph: COUNTED, layers: layersOf() }));
  state.receive(known);
  state.selection.value = fit(
    { a: { run: "plain", model: "model", step: 80 }, subsets: [{ key: "class:0", hue: 0 }] },
    known,
  );
  document.body.append(root);
  await act(() => render(<Stage />, root));
});

afterEach(() => {
  render(null, root);
  root.remove();
});

function layersOf() {
  return answer.layers.map(({ name, type, units, output }) => ({
    name,
    type,
    units,
    output,
    reduction: "max",
  }));
}

describe("the picture of a graph", () => {
  it("is one tab stop, and the arrow keys follow its edges", async () => {
    const stops = () => root.querySelectorAll('[data-key][tabindex="0"]').length;
    expect(stops()).toBe(1);
    node("l2\n0").focus();
    await press(node("l2\n0"), "ArrowDown");
    expect(document.activeElement).toBe(node("l1\n1"));
    expect(stops()).toBe(1);
    await press(node("l1\n1"), "ArrowDown");
    expect(document.activeElement).toBe(node("l0\n1"));
  });

  it("lights the paths through what is pointed at, and nothing afterwards", async () => {
    await act(() => {
      node("l1\n0").dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
    });
    expect(lit()).toEqual(["l0\n0", "l1\n0", "l2\n0"]);
    expect(root.querySelectorAll(".edge.is-lit").length).toBe(2);
    await act(() => {
      root
        .querySelector(".graph-frame")
        ?.dispatchEvent(new PointerEvent("pointerleave", { bubbles: true }));
    });
    expect(lit()).toEqual([]);
  });

  it("opens the unit that is pressed, keeps its paths lit, and lets it go when pressed again", async () => {
    await act(() => node("l0\n1").click());
    expect(state.unit.value).toEqual({ layer: "l0", unit: 1 });
    expect(node("l0\n1").getAttribute("aria-pressed")).toBe("true");
    expect(lit()).toEqual(["l0\n1", "l1\n1", "l2\n0"]);
    await act(() => node("l0\n1").click());
    expect(state.unit.value).toBeNull();
  });

  it("says of every node what it is to those who do not see it", () => {
    expect(node("l0\n1").querySelector(".visually-hidden")?.textContent).toBe(
      "l0 · unit 1; cat: counted in 0.5 of 100 · 50 %, PageRank 50 %",
    );
  });
});
