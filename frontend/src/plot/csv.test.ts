import { describe, expect, test } from "vitest";
import { panel } from "../model/histograms/testing";
import { panelTable } from "../views/distributions/tables";
import { cell, csv } from "./csv";

describe("a cell", () => {
  test.each(["=1+1", "+1", "-1", "@sum", "\tx", "\rx"])("%j is no formula", (text) => {
    expect(cell(text).replace(/^"/, "")).toMatch(/^'/);
  });

  test.each([
    ["cat", "cat"],
    ["a,b", '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ["two\nlines", '"two\nlines"'],
    ["=a,b", '"\'=a,b"'],
    ["", ""],
  ])("%j is written %s", (text, written) => {
    expect(cell(text)).toBe(written);
  });

  test("numbers stay numbers, and what is none stays empty", () => {
    expect([-1.5, 0, Number.NaN, Number.POSITIVE_INFINITY].map(cell)).toEqual([
      "-1.5",
      "0",
      "",
      "",
    ]);
  });
});

test("rows end as RFC 4180 says", () => {
  expect(csv([["a", 1], []])).toBe("a,1\r\n\r\n");
});

test("a panel's table has a row a unit in the order shown, as wide as its header", () => {
  const plain = panel([{ counts: [[1], [2], [3]], key: "=cat", medians: [5, 6, 7] }], {
    instances: [[0.5, 1.5, 2.5]],
  });
  const data = { ...plain, names: new Map([[2, "fur"]]) };
  const [header = [], ...rows] = panelTable(data, [2, 0]);
  expect(rows.map((row) => row.slice(0, 4))).toEqual([
    ["layer", 1, 2, "fur"],
    ["layer", 2, 0, ""],
  ]);
  for (const row of rows) expect(row.length).toBe(header.length);
  expect(rows[0]?.[header.findIndex((name) => String(name).endsWith(": median"))]).toBe(7);
  expect(rows[0]?.at(-1)).toBe(2.5);
});
