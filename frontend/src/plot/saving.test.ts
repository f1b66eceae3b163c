import { expect, it } from "vitest";
import { csv, type Sheet } from "./csv";
import { fileName, merged } from "./saving";

it("names say what, of whom, of which run and step, in characters that every system takes", () => {
  expect(fileName(["graph", "units", "Ankle boot", "runs/plain", "step-400"], "csv")).toBe(
    "graph_units_Ankle-boot_runs-plain_step-400.csv",
  );
  expect(fileName(["graph", "", "../../etc", 'a"b*c?', "Müller 猫"], "svg")).toBe(
    "graph_etc_a-b-c_Müller-猫.svg",
  );
  expect(fileName(["graph", "x".repeat(500)], "png").length).toBeLessThan(60);
});

it("tables with the same head are one, others stay apart, each as wide as its head", () => {
  const units: Sheet = [
    ["unit", "mean"],
    [1, 2],
  ];
  const edges: Sheet = [
    ["producer", "consumer", "weight"],
    [3, 4, 5],
  ];
  const found = merged([
    units,
    edges,
    [
      ["unit", "mean"],
      [6, 7],
    ],
  ]);
  expect(found).toEqual([
    [
      ["unit", "mean"],
      [1, 2],
      [6, 7],
    ],
    edges,
  ]);
  for (const table of found) {
    const lines = csv(table).trim().split("\r\n");
    expect(new Set(lines.map((line) => line.split(",").length)).size).toBe(1);
  }
});
