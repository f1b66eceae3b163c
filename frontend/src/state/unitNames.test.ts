import { effect } from "@preact/signals";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Model } from "../api/schema";
import { index, model, ODD_NAMES } from "../model/samples";
import { forget } from "./answers";
import * as state from "./store";
import {
  exportNames,
  importNames,
  LONGEST,
  layerNames,
  namedUnits,
  nameUnit,
  unitName,
  unitTitle,
} from "./unitNames";

const face = { layer: "features.3", unit: 2 };
let count = 0;
/** A run of its own for each test: what is kept stays for the page's life. */
const fresh = (changes = {}) => model({ run: `run ${count++}`, ...changes });

let stop = () => {};
/** Have the page show a name of the run, and so ask for those of the script. */
const show = (run: Model) => {
  stop = effect(() => {
    unitName(run, face);
  });
};

afterEach(() => stop());

beforeEach(() => {
  localStorage.clear();
  forget();
  vi.stubGlobal("fetch", () =>
    Promise.resolve(Response.json({ "features.3": { 2: "dog face", 5: "wheel" } })),
  );
});

describe("a name given in this browser", () => {
  it("belongs to its run and model and survives in the browser's storage", () => {
    const [one, other] = [fresh(), fresh()];
    nameUnit(one, face, "  dog face ");
    expect(unitName(one, face)).toBe("dog face");
    expect(unitTitle(one, face)).toBe("2 dog face");
    expect(unitName(other, face)).toBeNull();
    expect(unitTitle(other, face)).toBe("unit 2");
    const kept = Object.values({ ...localStorage }).map((text) => JSON.parse(JSON.parse(text)));
    expect(kept).toEqual([{ "features.3": { "2": "dog face" } }]);
  });

  it("goes before the script's, which an empty name gives back", async () => {
    const named = fresh({ named: true });
    show(named);
    await vi.waitFor(() => expect(unitName(named, face)).toBe("dog face"));
    nameUnit(named, face, "fur");
    expect(unitName(named, face)).toBe("fur");
    expect(namedUnits(named)).toEqual([
      { ...face, name: "fur", own: true },
      { layer: "features.3", unit: 5, name: "wheel", own: false },
    ]);
    nameUnit(named, face, " ");
    expect(unitName(named, face)).toBe("dog face");
  });

  it("may be any text, and is cut where it is very long", () => {
    const odd = fresh();
    ODD_NAMES.forEach((name, unit) => {
      nameUnit(odd, { layer: "__proto__", unit }, name);
      const expected = [...name.trim()].slice(0, LONGEST).join("");
      expect(unitName(odd, { layer: "__proto__", unit })).toBe(expected || null);
    });
  });
});

describe("names of the script", () => {
  it("are asked for again after a reload, and stay in sight meanwhile", async () => {
    const named = fresh({ named: true });
    state.receive(index(named));
    show(named);
    await vi.waitFor(() => expect(unitName(named, face)).toBe("dog face"));
    vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ "features.3": { 2: "snout" } })));
    forget();
    state.receive(index(named));
    expect(unitName(named, face)).toBe("dog face");
    await vi.waitFor(() => expect(unitName(named, face)).toBe("snout"));
  });
});

describe("a file of names", () => {
  it("brings to another browser what was exported, the script's names too", async () => {
    const [from, to] = [fresh({ named: true }), fresh()];
    nameUnit(from, { layer: "classifier.1", unit: 0 }, 'a "b"');
    show(from);
    await vi.waitFor(() => expect(unitName(from, face)).toBe("dog face"));
    expect(importNames(to, exportNames(from))).toEqual({ taken: 3, unknown: 0 });
    const names = (of: typeof from) => namedUnits(of).map(({ own: _, ...named }) => named);
    expect(names(to)).toEqual(names(from));
  });

  it("goes over the names that are there and leaves the others", () => {
    const run = fresh();
    nameUnit(run, face, "fur");
    nameUnit(run, { ...face, unit: 3 }, "eye");
    importNames(run, '{"features.3": {"2": "snout"}}');
    expect(namedUnits(run).map(({ name }) => name)).toEqual(["snout", "eye"]);
  });

  it("says how many names are of units that the model lacks", () => {
    const file = '{"features.3": {"2": "a", "16": "b"}, "elsewhere": {"0": "c"}}';
    expect(importNames(fresh(), file)).toEqual({ taken: 1, unknown: 2 });
  });

  it.each([
    ["{", "the file is no JSON"],
    ["[1]", "the file is no object"],
    ['{"features.3": ["a"]}', "layer “features.3” is no object"],
    ['{"features.3": {"two": "a"}}', "“two” is no index of a unit"],
    ['{"features.3": {"2": 7}}', "unit 2: a name is a text"],
    ['{"features.3": {"2": " "}}', "unit 2: a name is a text"],
  ])("that is wrong changes nothing and says where: %s", (text, message) => {
    const run = fresh();
    nameUnit(run, face, "fur");
    expect(() => importNames(run, text)).toThrow(message);
    expect(namedUnits(run)).toEqual([{ ...face, name: "fur", own: true }]);
  });
});

describe("a unit of the output layer", () => {
  const output = {
    ...model(),
    layers: model().layers.map((one) => ({ ...one, output: true, units: 3 })),
  };
  const [{ name: layer } = { name: "" }] = output.layers;

  it("has the name of its class, which is no name that somebody gave", () => {
    expect(output.classes).toHaveLength(3);
    expect(unitTitle(output, { layer, unit: 1 })).toBe(`1 ${output.classes[1]}`);
    expect([...layerNames(output, layer).values()]).toEqual(output.classes);
    expect(namedUnits(output)).toEqual([]);
  });

  it("keeps its number where units are no classes", () => {
    const other = { ...output, classes: ["one"] };
    expect(unitTitle(other, { layer, unit: 1 })).toBe("unit 1");
  });
});
