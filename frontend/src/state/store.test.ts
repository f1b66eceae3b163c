import { beforeEach, describe, expect, it } from "vitest";
import { index, model } from "../model/samples";
import * as state from "./store";

const plain = model();
const other = model({
  run: "other",
  classes: ["ship", "cat"],
  subsets: ["all", "class:0", "class:1"],
  steps: [10, 50],
  wallTimes: [1, 2],
});

beforeEach(() => {
  state.index.value = { state: "loading", value: null };
  state.selection.value = null;
  state.awaited.value = null;
  state.receive(index(plain, other));
});

const shown = () =>
  state.subjects.value.map(({ place, subject }) => [place, subject.step, subject.subset]);

describe("subjects", () => {
  it("are the chosen subsets at A", () => {
    expect(shown()).toEqual([
      ["A", 80, "class:1"],
      ["A", 80, "class:2"],
    ]);
  });

  it("stand A before B within each subset, so that the first two compare the moments", () => {
    state.chooseB(plain);
    expect(shown()).toEqual([
      ["A", 80, "class:1"],
      ["B", 0, "class:1"],
      ["A", 80, "class:2"],
      ["B", 0, "class:2"],
    ]);
  });

  it("of another run have its own class indices and the nearest earlier step; classes that it lacks are missing", () => {
    state.chooseB(other);
    expect(shown()).toEqual([
      ["A", 80, "class:1"],
      ["A", 80, "class:2"],
      ["B", 50, "class:0"],
    ]);
    expect([...state.onlyInA.value]).toEqual(["class:1", "slice:attacked"]);
  });

  it("give the comparison of the first two, and none where there is one", () => {
    expect(state.comparison.value?.map(({ subject }) => subject.subset)).toEqual([
      "class:1",
      "class:2",
    ]);
    state.toggleSubset("class:2");
    expect(state.comparison.value).toBeNull();
  });
});

describe("choices", () => {
  it("of layers keep the order of execution", () => {
    state.toggleLayer("features.3");
    expect(state.layers.value).toEqual(["features.3", "classifier.1", "classifier.4"]);
  });

  it("of further runs are toggled", () => {
    state.toggleMore(other);
    expect(state.more.value).toEqual([{ run: "other", model: "model" }]);
    state.toggleMore(other);
    expect(state.more.value).toEqual([]);
  });

  it("of A in another run keep what matches by name", () => {
    state.chooseA(other);
    expect(state.a.value).toEqual({ run: "other", model: "model", step: 50 });
    expect(state.subsets.value).toEqual([{ key: "class:0", hue: 1 }]);
  });
});

describe("a link to a run that is not there yet", () => {
  const awaited = { a: { run: "late", model: "model", step: 40 }, layers: ["features.3"] };
  const late = model({ run: "late", wallTimes: [9000, 9010, 9020] });

  beforeEach(() => {
    state.selection.value = null;
    state.awaited.value = awaited;
    state.receive(index(plain));
  });

  it("shows the default meanwhile, and opens when the run comes", () => {
    expect(state.a.value?.run).toBe("plain");
    state.receive(index(plain, late));
    expect(state.a.value).toEqual(awaited.a);
    expect(state.layers.value).toEqual(["features.3"]);
    expect(state.awaited.value).toBeNull();
  });

  it("does not take away what the user has chosen meanwhile", () => {
    state.toggleLayer("features.3");
    state.receive(index(plain, late));
    expect(state.a.value?.run).toBe("plain");
  });
});

it("a run that disappears is replaced by the newest that is left", () => {
  state.receive(index(other));
  expect(state.a.value?.run).toBe("other");
});
