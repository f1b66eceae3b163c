import { expect, it } from "vitest";
import { index, model } from "./samples";
import { isTraining } from "./sync";

it("a run is taken to be training while its newest record is young, or nothing is recorded yet", () => {
  const recorded = index(
    model({ wallTimes: [1000, 2000] }),
    model({ run: "older", wallTimes: [1, 2] }),
  );
  expect(isTraining(recorded, 2060)).toBe(true);
  expect(isTraining(recorded, 9000)).toBe(false);
  expect(isTraining(index(), 9000)).toBe(true);
  expect(isTraining(null, 9000)).toBe(true);
});
