import { describe, expect, it } from "vitest";
import { isMatched, LARGEST, sceneOf, sideOf, unitLabel, unitOf } from "./scene";
import { compared, graph, random } from "./testing";

const all = { size: "count", filter: 0 } as const;

describe("a scene", () => {
  it("has the output on top and the input below", () => {
    const scene = sceneOf(
      graph([
        { layer: 0, unit: 3 },
        { layer: 2, unit: 1 },
      ]),
      all,
    );
    expect(scene.rows.map(({ name }) => name)).toEqual(["l2", "l1", "l0"]);
    expect([...scene.nodes.values()].map(({ row }) => row)).toEqual([2, 0]);
  });

  it("hides what is below the filter, with its edges, and never an output", () => {
    const nodes = [
      { layer: 0, unit: 0, share: [0.05] },
      { layer: 0, unit: 1, share: [1] },
      { layer: 1, unit: 0, share: [0] },
    ];
    const one = graph(nodes, [
      [0, 2],
      [1, 2],
    ]);
    const scene = sceneOf(one, { size: "count", filter: 6 });
    expect([...scene.nodes.keys()]).toEqual(["l0\n1", "l1\n0"]);
    expect(scene.edges.map(({ from }) => from)).toEqual(["l0\n1"]);
    expect(scene.hidden).toBe(1);
    expect(sceneOf(one, all).hidden).toBe(0);
  });

  it("keeps the scale of sizes under any filter", () => {
    const one = random(7);
    const largest = sceneOf(one, all).largest;
    expect(sceneOf(one, { size: "count", filter: 60 }).largest).toBe(largest);
  });

  it("takes the larger of two values, in size and with its sign, and of a side only its own", () => {
    const values = [0.2, -0.6];
    const sides = (["A", "both", "B"] as const).map((side) => ({
      ...graph([{ layer: 0, unit: 0 }]).nodes[0],
      layer: 0,
      unit: 0,
      side,
      share: values,
    }));
    const value = sides.map((node) => {
      const [found] = sceneOf(compared([node]), all).nodes.values();
      return found?.value;
    });
    expect(value).toEqual([0.2, 0.6, 0.6]);
    const edge = compared(
      [
        { layer: 0, unit: 0, side: "both" },
        { layer: 1, unit: 0, side: "both" },
      ],
      [[0, 1]],
    );
    const signed = { ...edge, edges: edge.edges.map((one) => ({ ...one, weight: values })) };
    expect(sceneOf(signed, all).edges[0]?.weight).toBe(-0.6);
  });

  it("shows a unit whose value is not known as the smallest", () => {
    const [node] = sceneOf(graph([{ layer: 0, unit: 0, share: [null] }]), all).nodes.values();
    expect(node?.value).toBeNaN();
    expect(sideOf(Number.NaN, 1)).toBe(sideOf(0, 1));
  });

  it("says which units of two networks belong together", () => {
    const one = compared([
      { layer: 0, unit: 62 },
      { layer: 0, unit: 5, side: "B" },
    ]);
    const [first, second] = one.nodes;
    const matched = {
      ...one,
      subjects: one.subjects.map((subject) => ({ ...subject, identity: "matched" as const })),
      nodes: [
        { ...first, other: 17 } as (typeof one.nodes)[number],
        { ...second, other: 5, matched: false } as (typeof one.nodes)[number],
      ],
    };
    const [ours, theirs] = [...sceneOf(matched, all).nodes.values()];
    if (!ours || !theirs) throw new Error("two nodes were given");
    expect(isMatched(matched)).toBe(true);
    expect([unitLabel(ours, true), unitLabel(theirs, true)]).toEqual(["62↔17", "–↔5"]);
    expect([unitOf(ours), unitOf(theirs)]).toEqual([{ layer: "l0", unit: 62 }, null]);
    expect(unitLabel(ours, false)).toBe("62");
  });
});

describe("the side of a node", () => {
  it("makes areas grow evenly with values", () => {
    const area = (value: number) => sideOf(value, 2) ** 2;
    expect(area(2)).toBeCloseTo(LARGEST ** 2);
    expect(area(2) - area(1)).toBeCloseTo(area(1) - area(0));
  });
});
