import { describe, expect, it } from "vitest";
import type { Index } from "../api/schema";
import { index, model } from "../model/samples";
import type { ShownSubset } from "../model/shown";
import { fit, moved, refit, type Selection, toggledUnit } from "./selection";

function fitted(wanted: Partial<Selection>, found: Index): Selection {
  const selection = fit(wanted, found);
  if (!selection) throw new Error("no model to select");
  return selection;
}

const keys = (subsets: readonly ShownSubset[]) => subsets.map(({ key }) => key);

describe("a page without a link", () => {
  const late = model({ run: "late", wallTimes: [1000, 1010, 2000] });
  const opened = fitted({}, index(model(), late));

  it("opens on the newest run at its last record", () => {
    expect(opened.a).toEqual({ run: "late", model: "model", step: 80 });
    expect(opened.b).toBeNull();
  });

  it("shows the last two hidden layers and the two most confused classes in the first hues", () => {
    expect(opened.layers).toEqual(["classifier.1", "classifier.4"]);
    expect(opened.subsets).toEqual([
      { key: "class:1", hue: 0 },
      { key: "class:2", hue: 1 },
    ]);
  });

  it("shows the first two classes when none are confused or the confused ones have no histograms", () => {
    expect(keys(fitted({}, index(model({ confused: null }))).subsets)).toEqual([
      "class:0",
      "class:1",
    ]);
    expect(keys(fitted({}, index(model({ confused: [1, 9] }))).subsets)).toEqual([
      "class:0",
      "class:1",
    ]);
  });

  it("shows the two ends of a regression's targets, and everything where there is nothing else", () => {
    const targets = ["all", "target:0", "target:1", "target:2"];
    expect(keys(fitted({}, index(model({ subsets: targets, confused: null }))).subsets)).toEqual([
      "target:0",
      "target:2",
    ]);
    expect(keys(fitted({}, index(model({ subsets: ["all"], confused: null }))).subsets)).toEqual([
      "all",
    ]);
  });

  it("opens at most four panels", () => {
    const many = Array.from({ length: 9 }, (_, n) => `layer.${n}`);
    const layers = many.map((name) => ({
      name,
      type: "ReLU",
      units: 1,
      reduction: "none",
      output: false,
    }));
    expect(fitted({}, index(model({ layers, hidden: many }))).layers).toHaveLength(4);
  });

  it("has nothing to select where nothing is recorded", () => {
    expect(fit({}, index())).toBeNull();
  });
});

describe("a link", () => {
  it("is kept where what it names exists, and completed where it does not", () => {
    const linked = fitted(
      {
        a: { run: "plain", model: "model", step: 55 },
        layers: ["features.3", "gone"],
        subsets: [
          { key: "class:0", hue: 7 },
          { key: "class:8", hue: 8 },
        ],
        instances: [0, 3, 900],
        b: { run: "gone", model: "model", link: { kind: "same", by: "step" } },
      },
      index(model()),
    );
    expect(linked.a.step).toBe(40);
    expect(linked.layers).toEqual(["features.3"]);
    expect(linked.subsets).toEqual([{ key: "class:0", hue: 7 }]);
    expect(linked.instances).toEqual([0, 3]);
    expect(linked.b).toBeNull();
  });

  it("to a run that is gone opens the default instead", () => {
    const linked = fitted(
      { a: { run: "gone", model: "model", step: 0 }, layers: ["features.3"] },
      index(model()),
    );
    expect(linked.a).toEqual({ run: "plain", model: "model", step: 80 });
    expect(linked.layers).toEqual(["classifier.1", "classifier.4"]);
  });

  it("may show no layer and no subset", () => {
    const linked = fitted(
      { a: { run: "plain", model: "model", step: 0 }, layers: [], subsets: [] },
      index(model()),
    );
    expect(linked.layers).toEqual([]);
    expect(linked.subsets).toEqual([]);
  });
});

describe("a reload while training", () => {
  const before = index(model());
  const after = index(model({ steps: [0, 40, 80, 120], wallTimes: [1000, 1010, 1020, 1030] }));

  it("keeps everything that was chosen, and A at the newest record", () => {
    const chosen = {
      ...fitted({}, before),
      layers: ["features.3"],
      instances: [2],
      marked: new Map([["features.3", [5]]]),
    };
    expect(refit(chosen, before, after)).toEqual({ ...chosen, a: { ...chosen.a, step: 120 } });
  });

  it("keeps A where the user has put it", () => {
    const chosen = fitted({ a: { run: "plain", model: "model", step: 40 } }, before);
    expect(refit(chosen, before, after)?.a.step).toBe(40);
  });

  it("does not jump to a run that begins", () => {
    const begun = index(model(), model({ run: "new", wallTimes: [9000, 9001, 9002] }));
    expect(refit(fitted({}, before), before, begun)?.a.run).toBe("plain");
  });
});

describe("moving A to another run", () => {
  const from = model();
  const chosen: Selection = {
    ...fitted({}, index(from)),
    instances: [1],
    marked: new Map([["classifier.1", [3]]]),
    unit: { layer: "classifier.1", unit: 3 },
  };

  it("keeps classes by name and their hues", () => {
    const to = model({ run: "other", classes: ["ship", "dog", "cat"] });
    expect(moved(chosen, from, to, index(from, to))?.subsets).toEqual([
      { key: "class:1", hue: 0 },
      { key: "class:0", hue: 1 },
    ]);
  });

  it("shows its most confused classes when it knows none of those shown", () => {
    const to = model({ run: "other", classes: ["car", "bus", "van"] });
    expect(keys(moved(chosen, from, to, index(from, to))?.subsets ?? [])).toEqual([
      "class:1",
      "class:2",
    ]);
    const none = moved({ ...chosen, subsets: [] }, from, to, index(from, to));
    expect(none?.subsets).toEqual([]);
  });

  it("keeps marks where the units are the same, and drops them where they are not", () => {
    const twin = model({ run: "twin" });
    const stranger = model({ run: "stranger", weights: "other" });
    expect(moved(chosen, from, twin, index(from, twin))).toMatchObject({
      marked: chosen.marked,
      unit: chosen.unit,
    });
    expect(moved(chosen, from, stranger, index(from, stranger))).toMatchObject({
      marked: new Map(),
      unit: null,
    });
  });

  it("keeps instances where the probe set is the same", () => {
    const twin = model({ run: "twin" });
    const stranger = model({
      run: "stranger",
      probe: { hash: "other", size: 4, pictured: true, lossless: true },
    });
    expect(moved(chosen, from, twin, index(from, twin))?.instances).toEqual([1]);
    expect(moved(chosen, from, stranger, index(from, stranger))?.instances).toEqual([]);
  });

  it("stays at the last record if it was there", () => {
    const longer = model({ run: "longer", steps: [0, 500], wallTimes: [0, 1] });
    expect(moved(chosen, from, longer, index(from, longer))?.a.step).toBe(500);
  });
});

it("marking a unit twice leaves it as it was, in layers of any name", () => {
  for (const layer of ["fc", "__proto__", ""]) {
    const once = toggledUnit(new Map(), { layer, unit: 3 });
    expect(once).toEqual(new Map([[layer, [3]]]));
    expect(toggledUnit(once, { layer, unit: 3 })).toEqual(new Map());
  }
});
