import { describe, expect, it } from "vitest";
import { hueColour, INK } from "../../model/color";
import { huesOfAll, NO_HUES } from "../../model/hues";
import { instance, model } from "../../model/samples";
import type { ShownSubset } from "../../model/shown";
import { coloured, type Facts } from "./colouring";
import { COLOURINGS } from "./options";
import { FACTS } from "./testing";

const names = (by: (typeof COLOURINGS)[number], facts: Facts = FACTS) => {
  const { groups, of } = coloured(by, facts);
  return of.map((group) => groups[group]?.name);
};

describe("colouring", () => {
  it("says the class, the prediction, and whether that is right", () => {
    expect(names("class")).toEqual(["cat", "cat", "ship", "cat"]);
    expect(names("prediction")).toEqual(["cat", "dog", "ship", "dog"]);
    expect(names("correctness")).toEqual(["right", "wrong", "right", "wrong"]);
  });

  it("bins the confidence", () => {
    expect(names("confidence")).toEqual(["≥ .99", ".5–.7", "< .5", ".9–.99"]);
  });

  it("names the slices, of instances in none what was done to them", () => {
    const slices = [["night"], ["night", "rain"], [], []];
    const instances = FACTS.instances.map((one, at) => ({ ...one, slices: slices[at] ?? [] }));
    const subsets = [{ key: "slice:night", hue: 6 }];
    const facts = { ...FACTS, instances, subsets };
    expect(names("slice", facts)).toEqual(["night", "night + rain", "in no slice", "one pixel"]);
    const night = coloured("slice", facts).groups.find(({ name }) => name === "night");
    expect(night?.colour).toBe(hueColour(6, "light"));
  });

  it("keeps the hue that a class is shown in elsewhere", () => {
    const ship = coloured("class", FACTS).groups.find(({ name }) => name === "ship");
    expect(ship?.colour).toBe(hueColour(7, "light"));
  });

  it("tells ten classes apart by colour, and colours of more those alone that are shown", () => {
    const classes = Array.from({ length: 30 }, (_, label) => `class ${label}`);
    const facts = (count: number, subsets: readonly ShownSubset[] = []) => {
      const some = model({ classes: classes.slice(0, count) });
      const instances = classes.slice(0, count).map((_, label) => instance({ label }));
      return { ...FACTS, model: some, instances, hues: huesOfAll(NO_HUES, subsets, some) };
    };
    const colours = (given: Facts) => coloured("class", given).groups.map(({ colour }) => colour);
    expect(new Set(colours(facts(10))).size).toBe(10);
    expect(new Set(colours(facts(30)))).toEqual(new Set([INK.light.faint]));
    const [shown, ...others] = colours(facts(30, [{ key: "class:0", hue: 4 }]));
    expect(shown).toBe(hueColour(4, "light"));
    expect(new Set(others)).toEqual(new Set([INK.light.faint]));
  });

  it.each(COLOURINGS)("by %s has a second sign beside colour", (by) => {
    const { groups } = coloured(by, FACTS);
    const signs = new Set(groups.map(({ glyph, size }) => `${glyph} ${size}`));
    expect(groups.length).toBeGreaterThan(1);
    expect(signs.size).toBe(groups.length);
  });

  it.each(COLOURINGS)("by %s stands what is not known", (by) => {
    const facts = { ...FACTS, predictions: null, instances: [instance(), instance()] };
    const { groups, of } = coloured(by, facts);
    expect(of).toEqual([0, 0]);
    expect(groups).toHaveLength(1);
  });
});
