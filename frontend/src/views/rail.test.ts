import { expect, it } from "vitest";
import { EVERYTHING, unused } from "../model/railUse";
import { VIEWS } from ".";

it("what is hidden in a view is said there", () => {
  expect(unused(EVERYTHING, "Distributions")).toBeNull();
  expect(unused({ acts: ["subsets"] }, "Graph")).toBe(
    "Layers, instances and runs have no effect in Graph.",
  );
  expect(unused({ acts: ["layers", "subsets", "instances"] }, "Projections")).toBe(
    "Runs have no effect in Projections.",
  );
});

it("every view says what of the rail acts in it", () => {
  const acts = Object.fromEntries(VIEWS.map(({ id, rail }) => [id, rail.acts]));
  expect(acts).toMatchObject({
    architecture: ["layers", "subsets"],
    distributions: ["layers", "subsets", "instances", "runs"],
    graph: ["subsets"],
    projections: ["layers", "subsets", "instances"],
    "what-if": ["subsets", "instances"],
  });
});
