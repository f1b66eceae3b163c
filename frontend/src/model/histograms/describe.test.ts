import { expect, it } from "vitest";
import { mayShareInputs } from "./describe";

it.each([
  ["class:0", "class:1", false],
  ["slice:attacked/class:0", "slice:attacked/class:1", false],
  ["target:0", "target:3", false],
  ["class:0", "class:0", true],
  ["all", "class:0", true],
  ["class:0", "predicted:1", true],
  ["slice:attacked", "slice:bright", true],
  ["slice:attacked/class:0", "class:0", true],
])("whether %s and %s may hold the same inputs: %s", (one, other, shared) => {
  expect(mayShareInputs(one, other)).toBe(shared);
});
