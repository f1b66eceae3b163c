import { describe, expect, test } from "vitest";
import {
  arrange,
  extent,
  inSight,
  laneSubjects,
  placeAt,
  placeOf,
  rowCount,
  rowShape,
  rowTop,
  scrollTo,
  unitIn,
} from "./layout";

const heights = { pinned: 40, row: 20, view: 200 };
const order = Array.from({ length: 5000 }, (_, index) => 4999 - index);
const layout = arrange(order, new Set([7, 4000]), heights);

describe("rows", () => {
  test("marked units stand on top in the order of the sort, every unit once", () => {
    expect(layout.pinned).toEqual([4000, 7]);
    expect(new Set([...layout.pinned, ...layout.body]).size).toBe(5000);
  });

  test("pinned rows leave half of the view to the others", () => {
    const all = arrange(order, new Set(order), heights);
    expect(all.pinned.length).toBe(2);
    expect(rowCount(all)).toBe(5000);
  });

  test.each([0, 20, 31, 12_345])(
    "the place at a row's middle is that row, scrolled by %d",
    (scroll) => {
      for (const place of inSight(layout, scroll, 200)) {
        const height = place < 2 ? 40 : 20;
        const middle = rowTop(layout, place, scroll) + height / 2;
        if (place >= 2 && middle < 80) continue;
        expect(placeAt(layout, middle, scroll)).toBe(place);
      }
    },
  );

  test("only rows in sight are drawn, whatever the number of units", () => {
    expect(inSight(layout, 50_000, 200).length).toBeLessThanOrEqual(2 + 7);
    expect(inSight(layout, 0, 200)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test("the last row ends where the rows end", () => {
    expect(rowTop(layout, 4999, 0) + 20).toBe(extent(layout));
    expect(placeAt(layout, extent(layout) - 1, 0)).toBe(4999);
    expect(placeAt(layout, extent(layout), 0)).toBe(-1);
    expect(placeAt(layout, -1, 0)).toBe(-1);
  });

  test("units and places are inverse", () => {
    for (const place of [0, 1, 2, 3, 4999]) {
      expect(placeOf(layout, unitIn(layout, place) ?? -1)).toBe(place);
    }
    expect(placeOf(layout, 9999)).toBe(-1);
  });

  test("scrolling to a row brings it wholly into sight and moves no further", () => {
    const down = scrollTo(layout, 100, 0, 200);
    expect(rowTop(layout, 100, down)).toBe(180);
    expect(scrollTo(layout, 100, down + 20, 200)).toBe(down + 20);
    expect(rowTop(layout, 100, scrollTo(layout, 100, 90_000, 200))).toBe(80);
    expect(scrollTo(layout, 0, 500, 200)).toBe(500);
  });
});

describe("lanes", () => {
  const [catA, catB, dogA, dogB] = (["cat", "dog"] as const).flatMap((key) =>
    (["A", "B"] as const).map((place) => ({ place, key })),
  );
  const both = [catA, catB, dogA, dogB].flatMap((subject) => subject ?? []);

  test("stacked, B stands below A of the same subset", () => {
    expect(laneSubjects(both, "stacked")).toEqual([[0], [1], [2], [3]]);
    expect(laneSubjects([...both].reverse(), "stacked")).toEqual([[1], [0], [3], [2]]);
  });

  test("overlaid, all of A stands above all of B", () => {
    expect(laneSubjects(both, "overlay")).toEqual([
      [0, 2],
      [1, 3],
    ]);
    expect(laneSubjects(both.slice(0, 1), "overlay")).toEqual([[0]]);
  });

  test("a difference needs the subset at both moments", () => {
    expect(laneSubjects(both.slice(0, 3), "difference")).toEqual([[0, 1]]);
  });

  test("lanes do not touch, lie inside the row, and are taller when marked", () => {
    const [plain, marked] = [false, true].map((magnified) => rowShape([[0], [1], [2]], magnified));
    for (const shape of [plain, marked]) {
      const lanes = shape?.lanes ?? [];
      lanes.slice(1).forEach((lane, index) => {
        const above = lanes[index];
        expect(lane.top).toBeGreaterThan((above?.top ?? 0) + (above?.height ?? 0));
      });
      expect((lanes.at(-1)?.top ?? 0) + (lanes.at(-1)?.height ?? 0)).toBeLessThan(
        shape?.height ?? 0,
      );
    }
    expect(marked?.height).toBeGreaterThan(plain?.height ?? 0);
  });
});
