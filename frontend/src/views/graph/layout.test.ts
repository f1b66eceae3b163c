import { describe, expect, it } from "vitest";
import { boxOf, cardPlace, fitted, revealed, zoomed } from "./camera";
import { layoutOf, spaced } from "./layout";
import { crossings, type Ends, ordered } from "./order";
import { inRow } from "./paths";
import { LARGEST, type Scene, sceneOf, sideOf } from "./scene";
import { graph, numbers, random } from "./testing";

const SEEDS = Array.from({ length: 24 }, (_, seed) => seed + 1);
const ROOM = { pitch: 112, gap: 12 };
const THREE = ["A", "both", "B"] as const;
const sceneFor = (seed: number, sides: readonly ("A" | "both" | "B")[] = ["A"]): Scene =>
  sceneOf(random(seed, sides), { size: "count", filter: 0 });
const endsIn = ({ edges }: Scene): readonly Ends[] => edges.map(({ from, to }) => [from, to]);
const asGiven = ({ rows, nodes }: Scene) =>
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
      expect(x - LARGEST / 2).toBeGreaterThanOrEqual((band?.left ?? 0) - 1e-6);
      expect(x + LARGEST / 2).toBeLessThanOrEqual((band?.right ?? 0) + 1e-6);
    }
    for (const [place, { right }] of bands.slice(0, -1).entries())
      expect(right).toBeLessThan(bands[place + 1]?.left ?? 0);
  });

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

  it("puts what is new to where its neighbours are, between those that stay", () => {
    const before = graph(
      [
        { layer: 0, unit: 0 },
        { layer: 0, unit: 1 },
        { layer: 1, unit: 0 },
        { layer: 1, unit: 1 },
      ],
      [
        [0, 2],
        [1, 3],
      ],
    );
    const options = { size: "count", filter: 0 } as const;
    const first = layoutOf(sceneOf(before, options), ROOM, null);
    const [node] = before.nodes;
    if (!node) throw new Error("nodes were given");
    const after = {
      ...before,
      nodes: [...before.nodes, { ...node, unit: 9 }],
      edges: [...before.edges, { ...before.edges[0], from: 4, to: 3 } as (typeof before.edges)[0]],
    };
    const { at } = layoutOf(sceneOf(after, options), ROOM, first.memory);
    const x = (unit: number) => at.get(`l0\n${unit}`)?.x ?? Number.NaN;
    expect(x(9)).toBeGreaterThan(Math.min(x(0), x(1)));
    expect(at.get("l1\n1")).toEqual(first.at.get("l1\n1"));
  });
});

describe("places at least 1 apart", () => {
  it.each(SEEDS)("are the nearest to the wished ones (%i)", (seed) => {
    const next = numbers(seed);
    const wanted = Array.from({ length: 6 }, () => ({ x: 4 * next(), weight: 0.1 + next() })).sort(
      (one, other) => one.x - other.x,
    );
    const cost = (places: readonly number[]) =>
      wanted.reduce((sum, { x, weight }, at) => sum + weight * ((places[at] ?? 0) - x) ** 2, 0);
    const found = spaced(wanted);
    for (const [at, x] of found.slice(1).entries())
      expect(x - (found[at] ?? 0)).toBeGreaterThanOrEqual(1 - 1e-9);
    for (let trial = 0; trial < 200; trial++) {
      const shift = found.map(() => 0.2 * (next() - 0.5));
      const moved = found.map((x, at) => x + (shift[at] ?? 0));
      const allowed = moved.slice(1).every((x, at) => x - (moved[at] ?? 0) >= 1);
      if (allowed) expect(cost(moved)).toBeGreaterThanOrEqual(cost(found) - 1e-9);
    }
  });
});

describe("the camera", () => {
  const size = { width: 800, height: 600 };

  it("has the whole picture in sight once it is fitted", () => {
    const box = boxOf(layoutOf(sceneFor(3, THREE), ROOM, null));
    const { zoom, x, y } = fitted(box, size);
    expect(box.left * zoom + x).toBeGreaterThanOrEqual(0);
    expect(box.right * zoom + x).toBeLessThanOrEqual(size.width);
    expect(box.top * zoom + y).toBeGreaterThanOrEqual(0);
    expect(box.bottom * zoom + y).toBeLessThanOrEqual(size.height);
  });

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
    expect(revealed(camera, { x: 400, y: 300 }, size)).toEqual(camera);
    expect(revealed(camera, { x: 2000, y: 300 }, size).x).toBeLessThan(0);
    expect(revealed(camera, { x: 2000, y: 300 }, size).y).toBe(0);
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

  it("covers at least not what it is about, and stays in the window", () => {
    const { x, y } = cardPlace(card, { x: 900, y: 590 }, [0, 1000], window, 20);
    expect(x + 200).toBeLessThan(900 - 20);
    expect(y + 100).toBeLessThanOrEqual(600);
  });
});
