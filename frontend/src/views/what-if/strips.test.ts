import { describe, expect, it } from "vitest";
import { hueColour } from "../../model/color";
import { model } from "../../model/samples";
import { picturesOf } from "./FramePicture";
import { chosenFrame, flipFrame, frameAt, placeOf, readoutOf } from "./frames";
import {
  chosenStrip,
  flipText,
  groupsOf,
  headingOf,
  probabilityText,
  targetName,
  targetOf,
} from "./groups";
import { readoutText } from "./readout";
import { tablesOf } from "./savableStrips";
import { strip, summaryOf } from "./testing";
import { trackedClasses } from "./tracked";

const cats = model();

describe("strips by image", () => {
  const one = summaryOf(strip());
  const other = { ...one, id: "two", target: "class:0" };
  const elsewhere = { ...one, id: "three", instance: 3 };
  const upload = { ...one, id: "four", instance: -1, hash: "", name: "a.png" };
  const second = { ...upload, id: "five", name: "b.png" };

  it("stand together by step, probe set and instance, or by name outside the probe set", () => {
    const groups = groupsOf([one, elsewhere, other, upload, second, { ...one, step: 40 }]);
    expect(groups.map(({ strips }) => strips.map(({ id }) => id))).toEqual([
      ["one", "two"],
      ["three"],
      ["four"],
      ["five"],
      ["one"],
    ]);
  });

  it("show the one asked for, else that of a chosen instance, else the first", () => {
    const all = [one, other, elsewhere];
    expect(chosenStrip(all, "two", [3])?.id).toBe("two");
    expect(chosenStrip(all, "gone", [3])?.id).toBe("three");
    expect(chosenStrip(all, null, [])?.id).toBe("one");
    expect(chosenStrip([], null, [])).toBeNull();
  });
});

describe("what a strip goes towards", () => {
  it("is a class by its name, or a unit with its layer whatever that is called", () => {
    expect(targetName(cats, { target: "class:1" })).toBe("dog");
    expect(targetOf({ target: "unit:62/a/b:3\nc" })).toEqual({
      kind: "unit",
      unit: 62,
      layer: "a/b:3\nc",
    });
    expect(targetName(cats, { target: "unit:62/features.3" })).toBe("unit 62 of features.3");
  });

  it("is reached at a step, at none, or was there from the start; units are never said", () => {
    const at = (flip: number, target = "class:1") => flipText(cats, { target, flip });
    expect(at(14)).toBe("predicted as dog from step 14 on");
    expect(at(0)).toBe("predicted as dog from the start");
    expect(at(-1)).toBe("never predicted as dog");
    expect(at(-1, "unit:3/fc")).toBe("");
  });
});

describe("the heading of an image", () => {
  it("says what it is, what it is predicted as and how surely", () => {
    expect(headingOf(cats, strip())).toBe("cat .90");
    expect(headingOf(cats, strip({ label: 2 }))).toBe("ship, predicted as cat .90");
    expect(headingOf(cats, strip({ label: -1 }))).toBe("predicted as cat .90");
  });

  it("leaves out a probability that is not recorded", () => {
    expect(headingOf(cats, strip({ label: 2, classes: [1, 2] }))).toBe("ship, predicted as cat");
  });

  it("never rounds a probability to certainty", () => {
    expect([0, 0.001, 0.714, 0.9951, 1, Number.NaN].map(probabilityText)).toEqual([
      ".00",
      "<.01",
      ".71",
      ">.99",
      "1.00",
      "–",
    ]);
  });
});

describe("frames", () => {
  const { frames } = strip();

  it("lie under the middle of their pictures, and the steps between them evenly", () => {
    const places = frames.map(({ step }) => placeOf(frames, 100, step));
    expect(places).toEqual([50, 150, 250, 350]);
    expect(placeOf(frames, 100, 1)).toBe(100);
    expect(placeOf(frames, 100, 5.5)).toBe(300);
    expect(placeOf(frames, 100, 99)).toBe(350);
  });

  it("are found under the pointer, at the edges too", () => {
    expect([-5, 0, 99, 100, 399, 1000].map((pixel) => frameAt(frames, 100, pixel))).toEqual([
      0, 0, 0, 1, 3, 3,
    ]);
    for (const [at, { step }] of frames.entries())
      expect(frameAt(frames, 73, placeOf(frames, 73, step))).toBe(at);
  });

  it("mark the first one that is predicted as the target", () => {
    expect(flipFrame(strip())).toBe(2);
    expect(flipFrame(strip({ flip: 4 }))).toBe(3);
    expect(flipFrame(strip({ flip: -1 }))).toBeNull();
    expect(flipFrame(strip({ flip: 9 }))).toBeNull();
  });

  it("open at the flip, else at the last, and stay within the strip", () => {
    expect(chosenFrame(strip(), null)).toBe(2);
    expect(chosenFrame(strip({ flip: -1 }), null)).toBe(3);
    expect(chosenFrame(strip({ flip: 0 }), null)).toBe(3);
    expect(chosenFrame(strip(), 1)).toBe(1);
    expect(chosenFrame(strip(), 70)).toBe(3);
  });

  it("read the curves at their own step", () => {
    expect(readoutOf(strip(), 2)).toEqual({
      step: 3,
      prediction: 1,
      factor: 20,
      l2: 0.75,
      linf: 0.0375,
      effect: Math.log(0.6 / 0.4),
      controlEffect: -2,
      probability: [0.6, 0.4],
      controlProbability: [0.1, 0.9],
    });
    expect(readoutText(cats, strip(), 2)).toBe(
      "frame 3 of 4 · step 3 · predicted as dog · dog .60 (random .10) · cat .40 (random .90) · ‖δ‖₂ 0.75 · ‖δ‖∞ 0.0375 · difference ×20",
    );
  });

  it("of a unit tell its activation", () => {
    expect(readoutText(cats, strip({ target: "unit:5/features.3" }), 0)).toContain(
      "activation −2.2 (random −2)",
    );
  });

  it("have their pictures one after another, an overlay two of them", () => {
    expect(picturesOf(strip(), "saliency", 2)).toEqual({ number: 10, over: null });
    expect(picturesOf(strip(), "control", 0)).toEqual({ number: 12, over: null });
    expect(picturesOf(strip(), "overlay", 3)).toEqual({ number: 3, over: 7 });
  });
});

describe("the classes of a strip", () => {
  it("keep the hue that they have elsewhere, and differ in colour and glyph", () => {
    const hues = new Map([["cat", 4]]);
    const tracked = trackedClasses(cats, strip({ classes: [1, 0, 2] }), hues, "light");
    expect(tracked.map(({ name }) => name)).toEqual(["dog", "cat", "ship"]);
    expect(tracked[1]?.colour).toBe(hueColour(4, "light"));
    expect(new Set(tracked.map(({ colour }) => colour)).size).toBe(3);
    expect(new Set(tracked.map(({ glyph }) => glyph)).size).toBe(3);
  });
});

describe("a saved strip", () => {
  it("has a line a step with its frame, and a line a unit", () => {
    const [steps, units] = tablesOf(cats, [strip()]);
    expect(steps?.[0]).toEqual([
      ...["image", "towards", "flip"],
      ...["step", "frame", "effect", "p dog", "p cat", "l2", "linf"],
      ...["random: effect", "random: p dog", "random: p cat"],
    ]);
    expect(steps).toHaveLength(1 + 9);
    expect(steps?.[1 + 3]?.slice(3)).toEqual([
      3,
      3,
      Math.log(0.6 / 0.4),
      0.6,
      0.4,
      0.75,
      0.0375,
      -2,
      0.1,
      0.9,
    ]);
    expect(steps?.[1 + 4]?.[4]).toBe("");
    expect(units?.slice(1, 5).map((row) => row.slice(2))).toEqual(
      [0, 1, 2, 4].map((activation, at) => ["features.3", 5, strip().frames[at]?.step, activation]),
    );
  });
});
