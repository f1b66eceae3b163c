import { expect, test } from "vitest";
import type { History } from "../api/types";
import { FAINTEST } from "../model/color";
import { scaleOver } from "../model/scale";
import { linePath, recordOf } from "./paths";
import { cells, historyDomain } from "./strip";

const column = (...values: number[]) => ({ data: Uint16Array.from(values), shape: [2] });
const floats = (...values: number[]) => ({
  data: Float32Array.from(values),
  shape: [values.length],
});
const history: History = {
  arrays: {
    counts: { data: Uint16Array.from([0, 400, 0, 100, 100, 0]), shape: [2, 3] },
    zero: column(0, 200),
    under: column(0, 0),
    over: column(0, 0),
    nan: column(0, 0),
    infinite: column(0, 0),
    start: floats(1),
    width: floats(1),
    quantiles: floats(),
    mean: floats(),
    std: floats(),
  },
  meta: { steps: [0, 10] },
};

test("a strip reaches from zero, where values are, to the last filled bin", () => {
  expect(historyDomain(history)).toEqual([0, 3]);
});

test("a strip's cells stand in their record's column at their values", () => {
  const found = cells(history, scaleOver("linear", [0, 3], [30, 0]));
  const places = found.map(({ record, bottom, top }) => [record, bottom, top]);
  expect(places).toEqual([
    [0, 10, 0],
    [1, 20, 10],
    [1, 10, 0],
    [1, 31, 29],
  ]);
  expect(found.map(({ opacity }) => opacity)).toEqual(
    [1, 0.5, 0.5, Math.SQRT1_2].map((root) => FAINTEST + (1 - FAINTEST) * root),
  );
});

test("a step lies between the records around it, and never outside", () => {
  expect([-5, 0, 5, 10, 40, 99].map((step) => recordOf([0, 10, 40], step))).toEqual([
    0, 0, 0.5, 1, 2, 2,
  ]);
});

test("a line has a gap where a value is missing", () => {
  expect(linePath([0, 1, 2, 3], [5, Number.NaN, 6, 7])).toBe("M0.0 5.0M2.0 6.0L3.0 7.0");
});
