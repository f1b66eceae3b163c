import { describe, expect, it } from "vitest";
import { architecture, layer, residual, transformer } from "./testing";
import {
  type Branch,
  blocksAround,
  MOST,
  openBlocks,
  openByItself,
  parametersOf,
  restOf,
  revealing,
  toggledBlock,
  treeOf,
} from "./tree";

const NOTHING = { open: [], closed: [] };
const keys = (tree: readonly Branch[]) => tree.map(({ key }) => key);
const names = (tree: readonly Branch[]) =>
  tree.flatMap(({ layers }) => layers.map(({ name }) => name));

function visible(tree: readonly Branch[], open: ReadonlySet<string>): readonly Branch[] {
  return tree.flatMap((branch) =>
    branch.kind === "block" && open.has(branch.key) ? visible(branch.children, open) : [branch],
  );
}

function children(tree: readonly Branch[], key: string): readonly Branch[] {
  const block = tree.find((branch) => branch.key === key);
  if (block?.kind !== "block") throw new Error(`no block ${key}`);
  return block.children;
}

describe("blocks", () => {
  it("are layers that follow each other and whose names begin alike", () => {
    const tree = treeOf(residual([2, 1]).layers);
    expect(keys(tree)).toEqual(["relu", "layer1.", "layer2.0.", "fc"]);
    expect(keys(children(tree, "layer1."))).toEqual(["layer1.0.", "layer1.1."]);
    expect(children(tree, "layer2.0.").map(({ label }) => label)).toEqual([
      "relu",
      "relu:1",
      "relu:2",
    ]);
  });

  it("that hold a single block count as that", () => {
    const tree = treeOf(transformer(3).layers);
    expect(tree.map(({ label }) => label)).toEqual(["embed", "encoder.layers", "head"]);
  });

  it("hold their own output among their layers", () => {
    const tree = treeOf(transformer(3).layers);
    const inner = children(children(tree, "encoder.layers."), "encoder.layers.1.");
    expect(inner.map(({ label }) => label)).toEqual(["linear1", "output"]);
  });

  it("that something else interrupts are several, with keys of their own", () => {
    const tree = treeOf(architecture(["a.0", "a.1", "b", "a.2", "a.3"]).layers);
    expect(keys(tree)).toEqual(["a.", "b", "a.#1"]);
  });

  it("lose no layer and keep the order of execution", () => {
    for (const { layers } of [residual([3, 8, 36, 3]), transformer(24)]) {
      const tree = treeOf(layers);
      expect(names(tree)).toEqual(layers.map(({ name }) => name));
      expect(names(visible(tree, openByItself(tree)))).toEqual(layers.map(({ name }) => name));
    }
  });

  it("stand for stretches where a long sequence has no names in common", () => {
    const tree = treeOf(architecture(Array.from({ length: 155 }, (_, at) => `${at}`)).layers);
    expect(tree.length).toBeLessThanOrEqual(MOST);
    expect(names(tree)).toHaveLength(155);
  });
});

describe("what is open by itself", () => {
  it("shows at most thirty nodes of a ResNet-152 and of 24 transformer blocks", () => {
    for (const { layers } of [residual([3, 8, 36, 3]), transformer(24)]) {
      const tree = treeOf(layers);
      const shown = visible(tree, openByItself(tree));
      expect(shown.length).toBeLessThanOrEqual(MOST);
      expect(shown.length).toBeGreaterThan(MOST / 2);
    }
  });

  it("treats the blocks within a block alike", () => {
    const open = openByItself(treeOf(transformer(24).layers));
    expect([...open]).toEqual(["encoder.layers."]);
  });

  it("is everything in a small network", () => {
    const tree = treeOf(residual([1, 1]).layers);
    expect(visible(tree, openByItself(tree)).every(({ kind }) => kind === "layer")).toBe(true);
  });
});

describe("a choice", () => {
  const tree = treeOf(residual([3, 8, 36, 3]).layers);

  it("opens a block and closes it again, and leaves the others as they were", () => {
    const opened = toggledBlock(tree, NOTHING, "layer3.");
    expect(opened).toEqual({ open: ["layer3."], closed: [] });
    expect(openBlocks(tree, opened)).toEqual(new Set([...openByItself(tree), "layer3."]));
    expect(toggledBlock(tree, opened, "layer3.")).toEqual(NOTHING);
  });

  it("closes a block that is open by itself, and opens it again", () => {
    const closed = toggledBlock(tree, NOTHING, "layer1.");
    expect(closed).toEqual({ open: [], closed: ["layer1."] });
    expect(toggledBlock(tree, closed, "layer1.")).toEqual(NOTHING);
  });

  it("reveals a layer by opening the blocks around it alone", () => {
    expect(blocksAround(tree, "layer3.7.relu:1")).toEqual(["layer3.", "layer3.7."]);
    const chosen = revealing(tree, NOTHING, "layer3.7.relu:1");
    expect(chosen).toEqual({ open: ["layer3.", "layer3.7."], closed: [] });
    expect(keys(visible(tree, openBlocks(tree, chosen)))).toContain("layer3.7.relu:1");
  });
});

describe("the parameters of a block", () => {
  const inside = (...layers: ReturnType<typeof layer>[]) =>
    parametersOf(treeOf(layers)[0] as Branch);

  it("count a module within another recorded one, and further calls, once", () => {
    expect(
      inside(
        layer("b.0.linear1", { parameters: 4 }),
        layer("b.0", { parameters: 9 }),
        layer("b.1", { parameters: 5 }),
        layer("b.1:1", { parameters: 5 }),
      ),
    ).toBe(14);
  });

  it("are the weights that feed its layers where the model was traced", () => {
    const relus = [layer("b.0", { parameters: 0, weights: 7 }), layer("b.1", { weights: 4 })];
    expect(inside(...relus)).toBe(11);
    expect(restOf({ ...architecture([]), parameters: 20, layers: relus })).toBe(9);
    expect(restOf(architecture(["b.0"]))).toBeNull();
  });

  it("are not known where one of them is not recorded", () => {
    expect(inside(layer("b.0"), layer("b.1", { parameters: null }))).toBeNull();
  });
});
