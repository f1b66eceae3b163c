import { expect, test } from "vitest";
import { INK } from "../../model/color";
import { scalesOf } from "../../model/histograms/panel";
import { panel } from "../../model/histograms/testing";
import { escaped } from "../../plot/svgText";
import { arrange, laneSubjects } from "./layout";
import { rowPicture, rowShapes } from "./picture";
import { svg } from "./svg";

test("names cannot become markup", () => {
  expect(escaped('<img src=x onerror="y">&')).toBe("&lt;img src=x onerror=&quot;y&quot;&gt;&amp;");
});

test("a drawing is well-formed XML with a rectangle for every bar, whatever names it holds", () => {
  const plain = panel(
    [
      { counts: [[1, 2, 3]], key: "<script>\u0000&" },
      { counts: [[3, 2, 1]], place: "B" },
    ],
    { instances: [[1.5]] },
  );
  const data = { ...plain, layer: "a<b", names: new Map([[0, "<b>fur"]]) };
  const frame = { width: 400, label: 64, columns: 0, key: 0 };
  const lanes = laneSubjects(data.subjects, "stacked");
  const scales = scalesOf(data, { kind: "linear", axis: "shared" }, [68, 394]);
  const style = {
    ...rowShapes(lanes),
    scales,
    diverging: null,
    marked: new Set<number>(),
    key: null,
    ownAxes: true,
  };
  const layout = arrange([0], new Set(), { pinned: 40, row: 20, view: 200 });
  const row = rowPicture(data, 0, style);
  const scene = { data, layout, style, frame, height: 200, ink: INK.light };
  const text = svg([{ scene, rows: [row], sharedAxis: true }], INK.light);
  const document = new DOMParser().parseFromString(text, "application/xml");
  expect(document.querySelector("parsererror")).toBeNull();
  expect(document.querySelector("script")).toBeNull();
  expect(text).toContain("a&lt;b");
  expect(text).toContain("&lt;b&gt;fur");
  expect(document.querySelectorAll('rect[style*="blend"]').length).toBe(
    row.marks.filter(({ kind }) => kind === "bar").length,
  );
});
