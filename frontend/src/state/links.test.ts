import { beforeEach, expect, it } from "vitest";
import { index, model } from "../model/samples";
import { openLink } from "./links";
import { explained } from "./shared";
import * as state from "./store";

beforeEach(() => {
  state.selection.value = null;
  state.awaited.value = {};
  state.receive(index(model(), model({ run: "other" })));
  state.chooseA({ run: "plain", model: "model" });
});

it("shows what a link says and leaves the rest", () => {
  state.toggleInstance(2);
  openLink({
    view: "graph",
    a: ["plain", "model", 40],
    b: ["other", "model", "pinned", 80],
    layers: ["features.3"],
    subsets: null,
    instances: null,
    marked: [["features.3", [4]]],
  });
  const found = state.selection.value;
  expect(found?.view).toBe("graph");
  expect(found?.a.step).toBe(40);
  expect(state.momentB.value).toEqual({ run: "other", model: "model", step: 80 });
  expect(found?.layers).toEqual(["features.3"]);
  expect(found?.instances).toEqual([2]);
  expect(found?.marked.get("features.3")).toEqual([4]);
  expect(found?.subsets.map(({ key }) => key)).toEqual(["class:1", "class:2"]);
});

it("gives a class the hue that it has on the page", () => {
  const [first] = state.subsets.value ?? [];
  openLink({
    subsets: [
      ["class:0", 7],
      [first?.key, 9],
    ],
  });
  expect(state.subsets.value?.[1]).toEqual(first);
});

it("changes options one by one", () => {
  explained.choose({ why: [0, 1] });
  openLink({ view: "overview", overview: { all: true }, nonsense: 3 });
  expect(explained.value.why).toEqual([0, 1]);
});
