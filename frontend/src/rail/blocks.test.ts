import { describe, expect, it } from "vitest";
import { blocksOf } from "./blocks";

const layers = (...names: string[]) =>
  names.map((name) => ({ name, type: "ReLU", units: 1, reduction: "max", output: false }));
const names = (all: ReturnType<typeof blocksOf>) => all.map(({ name }) => name);

describe("blocks of layers", () => {
  it("hold every layer once, in order", () => {
    const many = layers(
      ...Array.from({ length: 60 }, (_, n) => `encoder.${n % 7}.mlp.${n}`),
      "head",
    );
    const blocks = blocksOf(many);
    expect(
      blocks
        .flatMap(({ layers: inside }) => inside)
        .toSorted((a, b) => a.name.localeCompare(b.name)),
    ).toEqual(many.toSorted((a, b) => a.name.localeCompare(b.name)));
    for (const { name, layers: inside } of blocks)
      for (const layer of inside) expect(layer.name.startsWith(name)).toBe(true);
  });

  it("go as deep as twenty blocks allow", () => {
    const resnet = [1, 2, 3, 4].flatMap((stage) =>
      [0, 1, 2].flatMap((block) => [1, 2, 3].map((conv) => `layer${stage}.${block}.conv${conv}`)),
    );
    expect(names(blocksOf(layers(...resnet)))).toHaveLength(12);
    expect(
      names(blocksOf(layers(...Array.from({ length: 40 }, (_, n) => `blocks.${n}.mlp`)))),
    ).toEqual(["blocks"]);
  });

  it("are the layers themselves where names have no parts", () => {
    expect(names(blocksOf(layers("a", "b")))).toEqual(["a", "b"]);
  });
});
