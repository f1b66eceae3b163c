import { describe, expect, it } from "vitest";
import { bytesText } from "./format";
import {
  classNames,
  classPartner,
  keyIn,
  parseKey,
  shortName,
  shownName,
  subsetName,
} from "./names";
import { model, ODD_NAMES } from "./samples";

describe("names", () => {
  it("shows an empty name as such and any other as it is", () => {
    expect(shownName("")).toBe("(empty)");
    for (const name of ODD_NAMES.filter((odd) => odd.trim())) expect(shownName(name)).toBe(name);
  });

  it("cuts a long name by whole characters", () => {
    expect(shortName("x".repeat(300), 10)).toBe(`${"x".repeat(9)}…`);
    expect(shortName("🙂🙂🙂", 2)).toBe("🙂…");
    expect(shortName("cat", 3)).toBe("cat");
  });

  it("tells repeated class names apart by their index", () => {
    expect(classNames(["crane", "cat", "crane", "", ""])).toEqual([
      "crane #0",
      "cat",
      "crane #2",
      "(empty) #3",
      "(empty) #4",
    ]);
  });

  it("names every kind of subset", () => {
    const sample = model({ subsetNames: { "target:0": "target < 3.5" } });
    expect(subsetName(sample, "all")).toBe("all");
    expect(subsetName(sample, "class:1")).toBe("dog");
    expect(subsetName(sample, "predicted:1")).toBe("predicted dog");
    expect(subsetName(sample, "slice:attacked")).toBe("attacked");
    expect(subsetName(sample, "slice:attacked/class:0")).toBe("attacked, cat");
    expect(subsetName(sample, "target:0")).toBe("target < 3.5");
    expect(subsetName(sample, "class:99")).toBe("class 99");
  });

  it.each(ODD_NAMES)("reads the slice of a key whatever it is called: %j", (name) => {
    expect(parseKey(`slice:${name}`)).toMatchObject({ slice: name, index: null });
    expect(parseKey(`slice:${name}/class:7`)).toMatchObject({ slice: name, index: 7 });
  });

  it("writes sizes as people do", () => {
    expect([0, 999, 1234, 56_700_000, 3e12].map(bytesText)).toEqual([
      "0 B",
      "999 B",
      "1.2 kB",
      "57 MB",
      "3.0 TB",
    ]);
  });
});

describe("classes of two runs", () => {
  it("match by name, wherever they stand", () => {
    const one = model({ classes: ["cat", "dog", "ship"] });
    const other = model({ classes: ["ship", "cat", "dog"] });
    expect(
      ["class:0", "class:1", "predicted:2", "slice:a/class:0"].map((key) => keyIn(key, one, other)),
    ).toEqual(["class:1", "class:2", "predicted:0", "slice:a/class:1"]);
  });

  it("have no partner when the name is not there", () => {
    expect(keyIn("class:1", model(), model({ classes: ["cat", "car"] }))).toBeNull();
  });

  it("match at the same index only where a name repeats", () => {
    const from = ["crane", "cat", "crane"];
    expect(classPartner(from, ["crane", "cat", "crane"], 2)).toBe(2);
    expect(classPartner(from, ["cat", "crane", "crane"], 0)).toBeNull();
    expect(classPartner(from, ["cat", "crane", "crane"], 2)).toBe(2);
    expect(classPartner(from, ["crane", "cat"], 0)).toBeNull();
    expect(classPartner(["crane", "cat"], from, 0)).toBeNull();
    expect(classPartner(from, ["crane", "cat"], 1)).toBe(1);
  });

  it.each(ODD_NAMES)("match also when they are called %j", (name) => {
    expect(classPartner(["a", name], [name, "a"], 1)).toBe(0);
  });

  it("do not concern slices and other subsets", () => {
    expect(
      ["all", "unlabelled", "slice:attacked"].map((key) =>
        keyIn(key, model(), model({ classes: [] })),
      ),
    ).toEqual(["all", "unlabelled", "slice:attacked"]);
  });
});

describe("bins of two regressions", () => {
  const one = model({
    subsetNames: { "target:0": "target < 3.5", "target:1": "3.5 ≤ target < 9" },
  });

  it("match by their bounds, never by position", () => {
    const other = model({
      subsetNames: {
        "error:0": "target < 3.5",
        "target:0": "target < 350",
        "target:1": "target < 3.5",
      },
    });
    expect(keyIn("target:0", one, other)).toBe("target:1");
    expect(keyIn("target:1", one, other)).toBeNull();
    expect(keyIn("target:1", one, one)).toBe("target:1");
  });

  it("have no partner while their bounds are unknown", () => {
    expect(keyIn("error:0", one, model())).toBeNull();
  });
});
