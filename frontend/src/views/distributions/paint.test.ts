import { expect, test } from "vitest";
import { INK } from "../../model/color";
import { scalesOf } from "../../model/histograms/panel";
import { panel } from "../../model/histograms/testing";
import { SvgSurface } from "../../plot/surface";
import { laneSubjects } from "./layout";
import { paintRow } from "./paint";
import { rowPicture, rowShapes } from "./picture";

test("a row is well-formed XML with a rectangle for every bar, whatever names it holds", () => {
  const plain = panel(
    [
      { counts: [[1, 2, 3]], key: "<script>\u0000&" },
      { counts: [[3, 2, 1]], place: "B" },
    ],
    { instances: [[1.5]] },
  );
  const data = { ...plain, names: new Map([[0, "<b>fur"]]) };
  const frame = { width: 400, label: 64, columns: 0, key: 0 };
  const lanes = laneSubjects(data.subjects, "stacked");
  const scales = scalesOf(data, { kind: "linear", axis: "shared" }, [68, 394]);
  const marks = { diverging: null, marked: new Set<number>(), key: null, ownAxes: true };
  const style = { ...rowShapes(lanes), scales, ...marks };
  const row = rowPicture(data, 0, style);
  const on = new SvgSurface();
  paintRow(on, row, 0, frame, INK.light);
  const text = `<svg xmlns="http://www.w3.org/2000/svg">${on.drawing}</svg>`;
  const document = new DOMParser().parseFromString(text, "application/xml");
  expect(document.querySelector("parsererror")).toBeNull();
  expect(document.querySelector("script")).toBeNull();
  expect(text).toContain("&lt;b&gt;fur");
  const bars = row.marks.filter(({ kind }) => kind === "bar");
  expect(document.querySelectorAll('rect[style*="blend"]').length).toBe(bars.length);
  expect(document.querySelectorAll('rect[fill^="url"]').length).toBe(
    bars.filter((mark) => mark.kind === "bar" && mark.hatched).length,
  );
});
