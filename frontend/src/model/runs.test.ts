import { describe, expect, it } from "vitest";
import { commonPrefix, isKept, NO_FILTER, runColour, shortModelName } from "./runs";
import { model } from "./samples";

describe("names of runs", () => {
  it("lose what all begin with, up to the end of a part", () => {
    expect(commonPrefix(["demo-20261130-142254/plain", "demo-20261130-142254/augmented"])).toBe(
      "demo-20261130-142254/",
    );
    expect(commonPrefix(["run_a1", "run_a2"])).toBe("run_");
    expect(commonPrefix(["plain", "plane"])).toBe("");
    expect(commonPrefix(["one/only"])).toBe("");
    expect(commonPrefix(["one/only", "one/only"])).toBe("");
  });

  it("keep something of every name", () => {
    expect(commonPrefix(["lab/", "lab/two"])).toBe("");
    expect(commonPrefix(["", "two"])).toBe("");
  });

  it("stay apart, with the recorder's name", () => {
    const models = [
      model({ run: "lab/one" }),
      model({ run: "lab/one", model: "gan" }),
      model({ run: "lab/two" }),
    ];
    expect(models.map((one) => shortModelName(one, models))).toEqual(["one", "one · gan", "two"]);
  });
});

describe("a run in TensorBoard", () => {
  it("has its colour by its place among all runs, and none where it is not listed", () => {
    const listed = ["augmented", "plain", "plain/neural-attacks"];
    expect(listed.map((run) => runColour(run, listed))).toEqual(["#ff7043", "#0077bb", "#cc3311"]);
    expect(runColour("gone", listed)).toBeNull();
    expect(runColour("7", ["0", "1", "2", "3", "4", "5", "6", "7"])).toBe("#ff7043");
  });

  it("is kept where it matches and is not unticked", () => {
    expect(isKept("plain", NO_FILTER)).toBe(true);
    expect(isKept("plain", { patterns: ["^pl"], ticked: {} })).toBe(true);
    expect(isKept("plain", { patterns: ["^aug"], ticked: { plain: true } })).toBe(false);
    expect(isKept("plain", { patterns: [], ticked: { plain: false, other: true } })).toBe(false);
    expect(isKept("plain", { patterns: ["("], ticked: {} })).toBe(true);
    expect(isKept("__proto__", { patterns: [], ticked: {} })).toBe(true);
  });
});
