import { describe, expect, it } from "vitest";
import { hashWith, linkTo, parametersOf } from "../host/host";
import { ODD_NAMES } from "../model/samples";
import type { Link, Sort } from "../model/shown";
import { GAP, PITCH } from "../views/graph/options";
import { decode, encode } from "./address";
import type { Selection } from "./selection";
import "../views";

const plain: Selection = {
  view: "distributions",
  a: { run: "plain", model: "model", step: 80 },
  b: null,
  more: [],
  layers: ["classifier.1"],
  subsets: [{ key: "class:3", hue: 4 }],
  hues: new Map(),
  instances: [],
  marked: new Map(),
  hidden: new Map(),
  unit: null,
  options: {},
};

const throughHash = (selection: Selection) => decode(parametersOf(hashWith("", encode(selection))));

/** `decode` leaves out what is at its default. */
const present = ({
  b,
  more,
  hues,
  instances,
  marked,
  hidden,
  unit,
  options,
  ...rest
}: Selection): Partial<Selection> => ({
  ...rest,
  ...(b && { b }),
  ...(more.length && { more }),
  ...(hues.size && { hues }),
  ...(instances.length && { instances }),
  ...(marked.size && { marked }),
  ...(hidden.size && { hidden }),
  ...(unit && { unit }),
  ...(Object.keys(options).length && { options }),
});

describe("the address bar", () => {
  it("leaves defaults out", () => {
    expect([...encode(plain).keys()]).toEqual(["view", "a", "layers", "subsets"]);
  });

  it("says a class's hue once: beside the class where that is shown, else by its name", () => {
    const shown = { ...plain, hues: new Map([["night", 4]]) };
    expect(encode(shown).has("hues")).toBe(false);
    const before = {
      ...plain,
      hues: new Map([
        ["night", 4],
        ["day", 0],
      ]),
    };
    expect(throughHash(before).hues).toEqual(new Map([["day", 0]]));
    expect(decode(new Map([["hues", '[["day",12],["night",3]]']])).hues).toEqual(
      new Map([["night", 3]]),
    );
  });

  it.each(ODD_NAMES)("brings back everything that is called %j", (name) => {
    const odd: Selection = {
      view: name,
      a: { run: name, model: name, step: -3 },
      b: { run: name, model: name, link: { kind: "before", records: 2 } },
      more: [{ run: name, model: "model" }],
      layers: [name, "fc"],
      subsets: [{ key: `slice:${name}`, hue: 9 }],
      hues: new Map([[name, 4]]),
      instances: [4095, 0],
      marked: new Map([[name, [3, 1]]]),
      hidden: new Map([[name, [7]]]),
      unit: { layer: name, unit: 12 },
      options: {
        options: {
          search: `${name} `,
          axis: "shared",
          scale: "symlog",
          stacking: "overlay",
          comparison: "minus",
          markedOnly: true,
          sort: {
            by: "difference",
            of: { kind: "subset", place: "A", key: `slice:${name}` },
            from: { kind: "instance", place: "B", instance: 3 },
            descending: false,
          },
        },
        graph: {
          measure: "summit",
          mass: 0.05,
          of: "deviation",
          keep: 0.3,
          ranking: "lift",
          directed: true,
          size: "importance",
          filter: 12,
          pitch: PITCH[1],
          gap: GAP[0],
          open: [name, "fc"],
          table: true,
          embedding: name,
        },
        projection: {
          layer: [name, 0.25],
          method: name,
          colour: "confidence",
          show: "labels",
          trails: "steps",
          pairs: false,
          selectedOnly: true,
          table: true,
        },
        whatIf: {
          question: "removal",
          strip: name,
          frame: 3,
          picture: "saliency",
          replacement: "zero",
          subset: `class:${name}`,
          layer: name,
          order: "error",
          measure: name,
        },
        architecture: {
          shade: "change",
          since: -3,
          open: [name],
          closed: ["fc"],
          layer: name,
          table: true,
        },
      },
    };
    expect(throughHash(odd)).toEqual(present(odd));
  });

  it.each<Link>([
    { kind: "pinned", step: -7 },
    { kind: "same", by: "step" },
    { kind: "same", by: "record" },
    { kind: "same", by: "time" },
    { kind: "before", records: 0 },
  ])("brings back the link %j", (link) => {
    const linked = { ...plain, b: { run: "other", model: "model", link } };
    expect(throughHash(linked)).toEqual(present(linked));
  });

  it.each<Sort>([
    { by: "index", descending: true },
    { by: "value", of: { kind: "instance", place: "A", instance: 0 }, descending: true },
    {
      by: "divergence",
      of: { kind: "subset", place: "A", key: "all" },
      from: { kind: "subset", place: "B", key: "all" },
      descending: true,
    },
  ])("brings back the sort %j", (sort) => {
    const sorted = { ...plain, options: { options: { sort } } };
    expect(throughHash(sorted).options).toEqual(sorted.options);
  });

  it("keeps the distances of the graph within what can be seen", () => {
    const far = new Map([["graph", '{"pitch":1000000000,"gap":1000000000,"filter":500}']]);
    expect(decode(far).options).toEqual({ graph: { pitch: PITCH[1], gap: GAP[1], filter: 100 } });
  });

  it("leaves out an option that it does not know, and that alone", () => {
    const odd = new Map([
      ["graph", '{"size":"someday","table":true,"magic":1,"__proto__":{"table":true}}'],
      ["options", '{"sort":{"by":"magic"},"axis":"shared"}'],
      ["whatIf", '{"question":"why"}'],
    ]);
    expect(decode(odd).options).toEqual({ graph: { table: true }, options: { axis: "shared" } });
  });

  it("reads a layer of a map by its place, as older links have it", () => {
    const at = (layer: string) => decode(new Map([["projection", `{"layer":${layer}}`]])).options;
    expect(at("2.25")).toEqual({ projection: { layer: 2.25 } });
    expect(at('"fc"')).toEqual({ projection: { layer: "fc" } });
    expect(at('["fc",0.5]')).toEqual({ projection: { layer: ["fc", 0.5] } });
    for (const wrong of ["-1", "null", "{}", '["fc"]', '[1,"fc"]'])
      expect(at(wrong)).toBeUndefined();
  });

  it("keeps the order of chosen instances, and is short for hundreds of them", () => {
    const row = Array.from({ length: 900 }, (_, at) => at + 7);
    const instances = [5, 3, 4, ...row, 1, 2];
    const written = encode({ ...plain, instances });
    expect(decode(written).instances).toEqual(instances);
    expect(written.get("instances")).toBe("[5,3,4,[7,906],1,2]");
  });

  it("may be cut anywhere: what is left is read, and nothing else", () => {
    const hash = hashWith("", encode(plain));
    for (let length = 0; length < hash.length; length++) {
      const found = decode(parametersOf(hash.slice(0, length)));
      for (const [key, value] of Object.entries(found))
        expect(value).toEqual(plain[key as keyof Selection]);
    }
  });

  it.each([
    ["a", '["run"]'],
    ["a", '["run","model","3"]'],
    ["a", "[1,2,3]"],
    ["layers", '"fc"'],
    ["layers", "[1]"],
    ["subsets", '[["class:1",-1]]'],
    ["subsets", '[["class:1",0.5]]'],
    ["instances", '["1"]'],
    ["instances", "[1e999]"],
    ["instances", "[[0,1e9]]"],
    ["instances", "[[3,1]]"],
    ["instances", "[[1,2,3]]"],
    ["marked", '{"fc":[1]}'],
    ["b", '["run","model","someday"]'],
    ["unit", "null"],
    ["options", '{"sort":{"by":"magic"}}'],
    ["options", '"own"'],
    ["graph", '{"mass":2}'],
    ["graph", '{"open":"fc"}'],
    ["view", "[]"],
    ["a", "{"],
  ])("ignores a %s that is %s", (key, value) => {
    expect(decode(new Map([[key, value]]))).toEqual({});
  });
});

describe("the fragment", () => {
  const parameters = new Map([["view", '"distributions"']]);

  it("keeps what belongs to others", () => {
    expect(hashWith("#neural&p.scalars.tag=loss&p.neural.view=old", parameters)).toBe(
      "#neural&p.scalars.tag=loss&p.neural.view=%22distributions%22",
    );
  });

  it("names our tab when it names none, so that a copied link opens it", () => {
    expect(hashWith("", parameters)).toBe("#neural&p.neural.view=%22distributions%22");
  });

  it("is written into the whole page's address", () => {
    expect(linkTo(parameters)).toMatch(/#neural&p\.neural\.view=%22distributions%22$/);
  });
});
