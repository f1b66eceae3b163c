import { expect, it } from "vitest";
import { ranges } from "./ranges";

it("writes numbers as ranges, rising, each once", () => {
  expect(ranges([5, 3, 4, 9, 3])).toBe("3-5,9");
  expect(ranges([])).toBe("");
});
