import { median } from "d3-array";
import { describe, expect, it } from "vitest";
import { cardPlace, fitted, opened, revealed, zoomed } from "../../stage/camera";
import { boxOf, roomOf } from "./frame";
import { layoutOf, nearestFree } from "./layout";
import { crossings, type Ends, ordered } from "./order";
import { inRow } from "./paths";
import { type GraphScene, LARGEST, NUMBER, sceneOf, sideOf } from "./scene";
import { graph, numbers, random } from "./testing";

const SEEDS = Array.from({ length: 24 }, (_, seed) => seed + 1);
const ROOM = { pitch: 112, gap: 12, across: false };
const ACROSS = { ...ROOM, across: true };
const THREE = ["A", "both", "B"] as const;
const sceneFor = (seed: number, sides: readonly ("A" | "both" | "B")[] = ["A"]): GraphScene =>
  sceneOf(random(seed, sides), { size: "count", filter: 0 });
const endsIn = ({ edges }: GraphScene): readonly Ends[] => edges.map(({ from, to }) => [from, to]);
const asGiven = ({ rows, nodes }: GraphScene) =>
  rows.map((_, row) =>
    [...nodes.values()].filter((node) => node.row === row).map(({ key }) => key),
  );

describe("the order in the rows", () => {
  it.each(SEEDS)("never crosses more edges than as given (%i)", (seed) => {
    const scene = sceneFor(seed);
    const [rows, edges] = [asGiven(scene), endsIn(scene)];
    const found = ordered(rows, edges, () => 0);
    expect(crossings(found, edges)).toBeLessThanOrEqual(crossings(rows, edges));
    expect(found.map((row) => row.toSorted())).toEqual(rows.map((row) => row.toSorted()));
  });

  it("undoes a crossing that need not be", () => {
    const rows = [
      ["a", "b", "c"],
      ["x", "y", "z"],
    ];
    const edges: readonly Ends[] = [
      ["a", "z"],
      ["b", "x"],
      ["c", "y"],
    ];
    expect(crossings(rows, edges)).toBe(2);
    expect(
      crossings(
        ordered(rows, edges, () => 0),
        edges,
      ),
    ).toBe(0);
  });

  it("counts as many crossings as there are pairs of edges that do", () => {
    const rows = [
      ["a", "b"],
      ["m", "n"],
      ["x", "y"],
    ];
    const edges: readonly Ends[] = [
      ["a", "n"],
      ["b", "m"],
      ["a", "y"],
      ["b", "x"],
      ["m", "x"],
      ["n", "y"],
    ];
    expect(crossings(rows, edges)).toBe(2);
  });
});

describe("the layout", () => {
  it.each(SEEDS)("lets no two nodes overlap, compared or not (%i)", (seed) => {
    for (const scene of [sceneFor(seed), sceneFor(seed, THREE)]) {
      const layout = layoutOf(scene, { ...ROOM, gap: 0 }, null);
      for (const row of scene.rows.keys()) {
        const keys = inRow(scene, layout, row);
        for (const [place, key] of keys.slice(1).entries()) {
          const [left, right] = [layout.at.get(keys[place] ?? ""), layout.at.get(key)];
          expect((right?.x ?? 0) - (left?.x ?? 0)).toBeGreaterThanOrEqual(LARGEST - 1e-6);
          expect(sideOf(scene.nodes.get(key)?.value ?? 0, scene.largest)).toBeLessThanOrEqual(
            LARGEST,
          );
        }
      }
    }
  });

  it.each(SEEDS)("puts what only A has left, what both have in the middle (%i)", (seed) => {
    const scene = sceneFor(seed, THREE);
    const { at, bands } = layoutOf(scene, ROOM, null);
    for (const { key, node } of scene.nodes.values()) {
      const band = bands[THREE.indexOf(node.side)];
      const x = at.get(key)?.x ?? Number.NaN;
      expect(x - LARGEST / 2).toBeGreaterThanOrEqual((band?.from ?? 0) - 1e-6);
      expect(x + LARGEST / 2).toBeLessThanOrEqual((band?.to ?? 0) + 1e-6);
    }
    for (const [place, { to }] of bands.slice(0, -1).entries())
      expect(to).toBeLessThan(bands[place + 1]?.from ?? 0);
  });

  it.each(SEEDS)(
    "turned, is the same with rows from left to right and room for captions (%i)",
    (seed) => {
      const scene = sceneFor(seed, THREE);
      const [down, across] = [layoutOf(scene, ROOM, null), layoutOf(scene, ACROSS, null)];
      const stretched = (LARGEST + ROOM.gap + NUMBER) / (LARGEST + ROOM.gap);
      const last = (scene.rows.length - 1) * ROOM.pitch;
      for (const [key, { x, y }] of down.at) {
        expect(across.at.get(key)?.y).toBeCloseTo(x * stretched);
        expect(across.at.get(key)?.x).toBeCloseTo(last - y);
      }
    },
  );

  it.each(SEEDS)("leaves every node in place while the same ones are there (%i)", (seed) => {
    for (const sides of [["A"], THREE] as const) {
      const scene = sceneFor(seed, sides);
      const first = layoutOf(scene, ROOM, null);
      const { graph: one } = scene;
      const other = sceneOf(
        { ...one, edges: one.edges.toReversed().slice(1) },
        {
          size: "rank",
          filter: 0,
        },
      );
      expect(layoutOf(other, ROOM, first.memory).at).toEqual(first.at);
    }
  });

  it.each(SEEDS)("leaves those in place that stay when others go and come again (%i)", (seed) => {
    const scene = sceneFor(seed);
    const first = layoutOf(scene, ROOM, null);
    const fewer = sceneOf(scene.graph, { size: "count", filter: 50 });
    const second = layoutOf(fewer, ROOM, first.memory);
    for (const [key, place] of second.at) expect(place).toEqual(first.at.get(key));
    expect(layoutOf(scene, ROOM, second.memory).at).toEqual(first.at);
  });

  it.each(SEEDS)("moves nothing for what is new, and lets nothing overlap it (%i)", (seed) => {
    const scene = sceneFor(seed);
    const fewer = sceneOf(scene.graph, { size: "count", filter: 50 });
    const first = layoutOf(fewer, ROOM, null);
    const second = layoutOf(scene, ROOM, first.memory);
    for (const [key, place] of first.at) expect(second.at.get(key)).toEqual(place);
    for (const row of scene.rows.keys()) {
      const xs = inRow(scene, second, row).map((key) => second.at.get(key)?.x ?? Number.NaN);
      for (const [at, x] of xs.slice(1).entries())
        expect(x - (xs[at] ?? 0)).toBeGreaterThanOrEqual(LARGEST + ROOM.gap - 1e-6);
    }
  });

  it("puts what is new as near to its neighbours as there is room", () => {
    const options = { size: "count", filter: 0 } as const;
    const after = graph(
      [
        { layer: 0, unit: 0 },
        { layer: 0, unit: 9 },
        { layer: 1, unit: 0 },
        { layer: 1, unit: 1 },
      ],
      [
        [0, 2],
        [1, 3],
      ],
    );
    const before = { ...after, nodes: after.nodes.filter(({ unit }) => unit !== 9), edges: [] };
    const { at } = layoutOf(
      sceneOf(after, options),
      ROOM,
      layoutOf(sceneOf(before, options), ROOM, null).memory,
    );
    const x = (key: string) => at.get(key)?.x ?? Number.NaN;
    expect(x("l0\n0")).toBe(0);
    const side = Math.sign(x("l1\n1"));
    expect(x("l0\n9")).toBeCloseTo(side * (LARGEST + ROOM.gap));
  });
});

describe("the nearest free place", () => {
  it.each(SEEDS)("is free, and none is nearer (%i)", (seed) => {
    const next = numbers(seed);
    const taken = Array.from({ length: 4 }, (_, at) => 1.3 * at + 0.3 * next());
    const wish = 5 * next();
    const found = nearestFree(wish, taken);
    const isFree = (x: number) => taken.every((other) => Math.abs(x - other) >= 1 - 1e-9);
    expect(isFree(found)).toBe(true);
    for (let x = -3; x < 9; x += 0.01)
      if (isFree(x))
        expect(Math.abs(x - wish)).toBeGreaterThanOrEqual(Math.abs(found - wish) - 1e-6);
  });
});

describe("the camera", () => {
  const size = { width: 800, height: 600 };

  it("has the whole picture in sight once it is fitted", () => {
    for (const spacing of [ROOM, ACROSS]) {
      const layout = layoutOf(sceneFor(3, THREE), spacing, null);
      const box = boxOf(layout);
      const { zoom, x, y } = fitted(box, size, roomOf(sceneFor(3, THREE), layout));
      expect(box.left * zoom + x).toBeGreaterThanOrEqual(0);
      expect(box.right * zoom + x).toBeLessThanOrEqual(size.width);
      expect(box.top * zoom + y).toBeGreaterThanOrEqual(0);
      expect(box.bottom * zoom + y).toBeLessThanOrEqual(size.height);
    }
  });

  it.each(SEEDS)(
    "opens so that nodes can be told, at the output where not all fit (%i)",
    (seed) => {
      for (const spacing of [ROOM, ACROSS]) {
        const scene = sceneFor(seed, THREE);
        const layout = layoutOf(scene, spacing, null);
        const [box, room] = [boxOf(layout), roomOf(scene, layout)];
        const small = { width: 440, height: 400 };
        const { zoom, x, y } = opened(box, small, room);
        const sides = [...scene.nodes.values()].map(
          (one) => sideOf(one.value, scene.largest) * zoom,
        );
        expect(median(sides)).toBeGreaterThanOrEqual(28);
        const output = layout.rows[0] ?? 0;
        const place = spacing.across ? output * zoom + x : output * zoom + y;
        expect(place).toBeGreaterThan(spacing.across ? room.left : room.top);
        expect(place).toBeLessThan(spacing.across ? small.width : small.height);
        const large = { width: 4000, height: 4000 };
        expect(opened(box, large, room)).toEqual(fitted(box, large, room));
      }
    },
  );

  it("leaves what is under the pointer there when it zooms, within bounds", () => {
    const camera = { zoom: 0.5, x: 30, y: -20 };
    const at = { x: 222, y: 111 };
    const under = ({ zoom, x, y }: typeof camera) => [(at.x - x) / zoom, (at.y - y) / zoom];
    const closer = zoomed(camera, 1.7, at);
    for (const [axis, value] of under(closer).entries())
      expect(value).toBeCloseTo(under(camera)[axis] ?? 0);
    expect(zoomed(camera, 1e9, at).zoom).toBe(3.5);
    expect(zoomed(camera, 1e-9, at).zoom).toBe(0.1);
  });

  it("moves only for what is out of sight", () => {
    const camera = { zoom: 1, x: 0, y: 0 };
    const room = { left: 144, top: 28, enlarged: 1.5, reach: LARGEST / 2 };
    expect(revealed(camera, { x: 400, y: 300 }, size, room)).toEqual(camera);
    expect(revealed(camera, { x: 2000, y: 300 }, size, room).x).toBeLessThan(0);
    expect(revealed(camera, { x: 2000, y: 300 }, size, room).y).toBe(0);
  });
});

describe("a card", () => {
  const card = { width: 200, height: 100 };
  const window = { width: 1000, height: 600 };

  it("covers none of the graph where there is room beside it", () => {
    expect(cardPlace(card, { x: 700, y: 300 }, [400, 780], window, 20).x).toBeGreaterThan(780);
    expect(cardPlace(card, { x: 700, y: 300 }, [400, 900], window, 20).x + 200).toBeLessThan(400);
    expect(cardPlace(card, { x: 420, y: 300 }, [400, 780], window, 20).x + 200).toBeLessThan(400);
  });

  it("stays near what it is about", () => {
    const wide = { width: 1400, height: 600 };
    expect(cardPlace(card, { x: 1100, y: 300 }, [300, 1390], wide, 20).x).toBeGreaterThan(800);
  });

  it("covers at least not what it is about, and stays in the window", () => {
    const { x, y } = cardPlace(card, { x: 900, y: 590 }, [0, 1000], window, 20);
    expect(x + 200).toBeLessThan(900 - 20);
    expect(y + 100).toBeLessThanOrEqual(600);
  });
});
