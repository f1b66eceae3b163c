import { describe, expect, it } from "vitest";
import type { Architecture } from "../../api/schema";
import { type ArchitectureLayout, HEIGHT, layoutOf, type Rect, WIDTH } from "./layout";
import { moved } from "./moving";
import { type ArchitectureScene, MOST_SKIPS, sceneOf } from "./scene";
import { branches, chain, architecture as named, residual, transformer } from "./testing";
import { openByItself, treeOf } from "./tree";

const ROOM = { width: 1100, height: 650 };

function drawn({ layers, links }: Architecture, ...more: readonly string[]) {
  const tree = treeOf(layers);
  const scene = sceneOf(tree, links, new Set([...openByItself(tree), ...more]));
  return { scene, layout: layoutOf(scene, ROOM) };
}

const edge = (scene: ArchitectureScene, from: string, to: string) =>
  scene.all.find((one) => one.from === from && one.to === to);

const rectOf = (layout: ArchitectureLayout, key: string): Rect => {
  const { x = 0, y = 0 } = layout.at.get(key) ?? {};
  return { left: x - WIDTH / 2, right: x + WIDTH / 2, top: y - HEIGHT / 2, bottom: y + HEIGHT / 2 };
};

const overlap = (a: Rect, b: Rect) =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

const NETWORKS = {
  "a ResNet-152 as it opens": drawn(residual([3, 8, 36, 3])),
  "a ResNet-152 with its largest stage open": drawn(residual([3, 8, 36, 3]), "layer3."),
  "24 transformer blocks": drawn(transformer(24)),
  "24 transformer blocks, two of them open": drawn(
    transformer(24),
    "encoder.layers.0.",
    "encoder.layers.7.",
  ),
  branches: drawn(branches()),
  "layers without links": drawn(named(["a", "b.0", "b.1", "c"], [])),
  "one layer": drawn(named(["only"])),
};

describe.each(Object.entries(NETWORKS))("the layout of %s", (_, { scene, layout }) => {
  it("has a place for every node, and no two overlap", () => {
    const rects = scene.nodes.map(({ key }) => rectOf(layout, key));
    expect(layout.at.size).toBe(scene.nodes.length);
    rects.forEach((one, at) => {
      for (const other of rects.slice(at + 1)) expect(overlap(one, other)).toBe(false);
    });
  });

  it("frames the nodes of an open block and no other", () => {
    for (const { block, inside } of scene.frames) {
      const frames = layout.frames.filter(({ key }) => key === block.key);
      expect(frames.filter(({ isFirst }) => isFirst)).toHaveLength(1);
      for (const { key } of scene.nodes) {
        const framed = frames.some((frame) => overlap(frame, rectOf(layout, key)));
        expect(framed).toBe(inside.includes(key));
      }
    }
  });

  it("draws every line from its producer to its consumer, inside the picture", () => {
    const { box, lines } = layout;
    scene.edges.forEach(({ from, to }, at) => {
      const [start, end] = [rectOf(layout, from), rectOf(layout, to)];
      const [first, last] = [lines[at]?.[0], lines[at]?.at(-1)];
      expect(first && first.x >= start.left - 1 && first.x <= start.right + 1).toBe(true);
      expect(last && last.y >= end.top - 1 && last.y <= end.bottom + 1).toBe(true);
      for (const { x } of lines[at] ?? [])
        expect(x >= box.left - 1 && x <= box.right + 1).toBe(true);
    });
  });

  it("leads to every node by arrow keys", () => {
    const first = scene.nodes[0]?.key ?? "";
    const reached = new Set([first]);
    for (const key of reached)
      for (const way of ["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight"]) {
        const next = moved(way, key, layout);
        if (next) reached.add(next);
      }
    expect(reached.size).toBe(scene.nodes.length);
  });
});

describe("a scene", () => {
  it("joins closed blocks by the links between what they hold, without links to themselves", () => {
    const { scene } = drawn(residual([3, 8, 36, 3]));
    expect(edge(scene, "layer2.7.", "layer3.")?.kinds).toEqual(new Set(["weighted", "passed"]));
    expect(scene.all.every(({ from, to }) => from !== to)).toBe(true);
    expect(scene.all.filter(({ to }) => to === "layer3.")).toHaveLength(1);
  });

  it("tells residual connections from what they skip", () => {
    const { scene } = drawn(residual([1, 1]));
    expect(edge(scene, "relu", "layer1.0.relu:2")).toMatchObject({ skips: true });
    expect(edge(scene, "layer1.0.relu:1", "layer1.0.relu:2")).toMatchObject({ skips: false });
  });

  it("draws of many links that skip layers the nearest", () => {
    const names = ["a", "b", "c", "d", "e", "f"];
    const all = names.flatMap((from, at) =>
      names.slice(at + 1).map((to) => [from, to, "direct"] as const),
    );
    const { scene } = drawn(named(names, all));
    const into = scene.edges.filter(({ to }) => to === "f").map(({ from }) => from);
    expect(into).toEqual(["e", "d", "c"]);
    expect(into).toHaveLength(1 + MOST_SKIPS);
    expect(scene.all.filter(({ to }) => to === "f")).toHaveLength(5);
  });

  it("keeps parallel branches beside each other", () => {
    const { scene, layout } = drawn(branches());
    expect(scene.edges.every(({ skips }) => !skips)).toBe(true);
    expect(layout.at.get("mixed.b")?.x).not.toBe(layout.at.get("mixed.a.0")?.x);
  });

  it("puts what nothing feeds after what ran before it", () => {
    const { scene } = drawn(named(["a", "b", "c"], chain(["a", "b"])));
    expect(edge(scene, "b", "c")?.kinds).toEqual(new Set(["order"]));
  });

  it("stands links that go back aside", () => {
    const { scene } = drawn(named(["a", "b"], [...chain(["a", "b"]), ["b", "a", "direct"]]));
    expect(edge(scene, "b", "a")?.skips).toBe(true);
  });
});
