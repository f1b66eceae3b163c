import { describe, expect, it } from "vitest";
import { advance, firstShown, follow, momentAt, nearestEarlier, newestModel } from "./moments";
import { model } from "./samples";

const steps = (...values: number[]) =>
  model({ steps: values, wallTimes: values.map((step) => 1000 + step) });

describe("the nearest earlier step", () => {
  it("is what a linear search finds, for any list and any wish", () => {
    const lists = [[5], [0, 1], [-3, 0, 7, 8, 100], Array.from({ length: 97 }, (_, n) => n * n)];
    for (const list of lists) {
      for (let wanted = -5; wanted < 110; wanted++) {
        const searched = list.reduce((best, step, place) => (step <= wanted ? place : best), 0);
        expect(nearestEarlier(list, wanted)).toBe(searched);
      }
    }
  });

  it("is none in an empty list", () => {
    expect(nearestEarlier([], 3)).toBe(-1);
  });
});

describe("moment B", () => {
  const a = steps(0, 10, 20, 30);

  it("stays where it is pinned, wherever A goes", () => {
    for (const step of a.steps) expect(follow({ kind: "pinned", step: 10 }, a, step, a)).toBe(1);
  });

  it("takes the nearest earlier record where runs have no step in common", () => {
    const b = steps(5, 15, 40);
    const found = a.steps.map((step) => b.steps[follow({ kind: "same", by: "step" }, a, step, b)]);
    expect(found).toEqual([5, 5, 15, 15]);
  });

  it("goes along by record number and stops at the last one", () => {
    const b = steps(100, 200);
    const found = a.steps.map((step) => follow({ kind: "same", by: "record" }, a, step, b));
    expect(found).toEqual([0, 1, 1, 1]);
  });

  it("goes along by the time since the run began", () => {
    const b = model({ steps: [0, 1, 2], wallTimes: [9000, 9012, 9029] });
    const found = a.steps.map((step) => follow({ kind: "same", by: "time" }, a, step, b));
    expect(found).toEqual([0, 0, 1, 2]);
  });

  it("stays a number of records behind A, at the first one at most", () => {
    const found = a.steps.map(
      (step) => a.steps[follow({ kind: "before", records: 2 }, a, step, a)],
    );
    expect(found).toEqual([0, 0, 0, 10]);
  });
});

describe("after a reload", () => {
  it("a moment at the last record follows to the newest", () => {
    expect(advance(momentAt(steps(0, 10), 10), steps(0, 10), steps(0, 10, 20)).step).toBe(20);
  });

  it("a moment at an earlier record stays", () => {
    expect(advance(momentAt(steps(0, 10), 0), steps(0, 10), steps(0, 10, 20)).step).toBe(0);
  });

  it("a moment whose step was overwritten by a resumed run goes to the nearest earlier one", () => {
    expect(
      advance(momentAt(steps(0, 10, 15, 30), 15), steps(0, 10, 15, 30), steps(0, 10, 20)).step,
    ).toBe(10);
  });
});

it("the newest model is the one recorded last, whatever its place", () => {
  const late = model({ run: "late", wallTimes: [1, 2, 5000] });
  expect(newestModel([model(), late, model({ run: "other" })])).toBe(late);
  expect(newestModel([])).toBeNull();
});

it("the page opens on the newest model that has several records, else on the newest", () => {
  const early = model({ run: "early" });
  const once = model({ run: "once", steps: [0], wallTimes: [9000] });
  expect(firstShown([early, once])).toBe(early);
  expect(firstShown([once])).toBe(once);
  expect(firstShown([])).toBeNull();
});
