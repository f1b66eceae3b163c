import { describe, expect, it } from "vitest";
import { layoutOf } from "./layout";
import { endsOf, inRow, pathsThrough, towards } from "./paths";
import { sceneOf } from "./scene";
import { curve, rangeTexts, strokeOf, WIDTHS, widthOf } from "./strength";
import { graph, random, twoChains } from "./testing";

const chains = sceneOf(twoChains(), { size: "count", filter: 0 });

describe("the paths through a node", () => {
  it("go up to the output and down to the input, and not sideways", () => {
    const { nodes, edges } = pathsThrough(chains, "l1\n0");
    expect([...nodes].sort()).toEqual(["l0\n0", "l1\n0", "l2\n0"]);
    expect(edges.size).toBe(2);
  });

  it.each([1, 2, 3, 4, 5, 6])("are those that reachability gives (%i)", (seed) => {
    const scene = sceneOf(random(seed), { size: "count", filter: 0 });
    const reach = new Map([...scene.nodes.keys()].map((key) => [key, new Set([key])]));
    for (let round = 0; round < scene.rows.length; round++) {
      for (const { from, to } of scene.edges)
        for (const [key, known] of reach) if (known.has(from)) reach.get(key)?.add(to);
    }
    for (const key of scene.nodes.keys()) {
      const expected = [...scene.nodes.keys()].filter(
        (other) => reach.get(key)?.has(other) || reach.get(other)?.has(key),
      );
      expect([...pathsThrough(scene, key).nodes].sort()).toEqual(expected.sort());
    }
  });

  it("of an edge are its two ends", () => {
    const [edge] = chains.edges;
    if (!edge) throw new Error("edges were given");
    expect([...endsOf(edge).nodes]).toEqual(["l0\n0", "l1\n0"]);
  });
});

describe("the arrow keys", () => {
  const layout = layoutOf(chains, { pitch: 100, gap: 10, across: false }, null);

  it("follow the strongest edge up and down", () => {
    expect(towards("ArrowDown", "l2\n0", chains, layout)).toBe("l1\n1");
    expect(towards("ArrowDown", "l1\n1", chains, layout)).toBe("l0\n1");
    expect(towards("ArrowUp", "l0\n0", chains, layout)).toBe("l1\n0");
  });

  it("go through a row from left to right, to its ends and not beyond", () => {
    const [left = "", right = ""] = inRow(chains, layout, 2);
    expect(towards("ArrowRight", left, chains, layout)).toBe(right);
    expect(towards("ArrowRight", right, chains, layout)).toBeNull();
    expect(towards("End", left, chains, layout)).toBe(right);
    expect(towards("Home", right, chains, layout)).toBe(left);
  });

  it("do the same to the left and right where rows stand side by side", () => {
    const turned = layoutOf(chains, { pitch: 100, gap: 10, across: true }, null);
    expect(towards("ArrowLeft", "l2\n0", chains, turned)).toBe("l1\n1");
    expect(towards("ArrowRight", "l0\n0", chains, turned)).toBe("l1\n0");
    const [upper = "", lower = ""] = inRow(chains, turned, 2);
    expect(turned.at.get(upper)?.y).toBeLessThan(turned.at.get(lower)?.y ?? 0);
    expect(towards("ArrowDown", upper, chains, turned)).toBe(lower);
    expect(towards("ArrowUp", upper, chains, turned)).toBeNull();
  });

  it("go to the nearest node where no edge leads on", () => {
    const apart = sceneOf(
      graph([
        { layer: 0, unit: 4 },
        { layer: 2, unit: 0 },
      ]),
      {
        size: "count",
        filter: 0,
      },
    );
    const places = layoutOf(apart, { pitch: 100, gap: 10, across: false }, null);
    expect(towards("ArrowDown", "l2\n0", apart, places)).toBe("l0\n4");
    expect(towards("ArrowDown", "l0\n4", apart, places)).toBeNull();
  });
});

describe("the look of an edge", () => {
  it("is as wide as the legend says, never narrower for more", () => {
    for (const measure of ["contribution", "summit"] as const) {
      const widths = Array.from({ length: 101 }, (_, hundredth) =>
        widthOf(hundredth / 100, measure),
      );
      expect(widths).toEqual(widths.toSorted((one, other) => one - other));
      expect(new Set(widths)).toEqual(new Set(WIDTHS));
      expect(widthOf(-0.5, measure)).toBe(widthOf(0.5, measure));
      expect(widthOf(Number.NaN, measure)).toBe(WIDTHS[0]);
    }
    const texts = ["< 5 %", "5–10 %", "10–20 %", "20–40 %", "≥ 40 %"];
    expect(rangeTexts("contribution")).toEqual(texts);
    expect([0.04, 0.05, 0.1, 0.2, 0.4].map((share) => widthOf(share, "contribution"))).toEqual([
      ...WIDTHS,
    ]);
  });

  it("says what inhibits, what is passed on and what is not known", () => {
    expect(strokeOf("direct", 0.1)).toBe("excites");
    expect(strokeOf("composed", -0.1)).toBe("inhibits");
    expect(strokeOf("identity", 0.4)).toBe("identity");
    expect(strokeOf("unmeasured", Number.NaN)).toBe("unmeasured");
    expect(strokeOf("direct", Number.NaN)).toBe("unmeasured");
  });

  it("leaves the producer's upper side for the consumer's lower one", () => {
    expect(curve({ x: 0, y: 100 }, { x: 10, y: 0 }, [40, 20], false)).toBe(
      "M0.0 80.0C0.0 45.0 10.0 45.0 10.0 10.0",
    );
  });

  it("leaves its right side where the consumer's row stands at the right", () => {
    expect(curve({ x: 0, y: 5 }, { x: 100, y: 0 }, [40, 20], true)).toBe(
      "M20.0 5.0C55.0 5.0 55.0 0.0 90.0 0.0",
    );
  });
});
