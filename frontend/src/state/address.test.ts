import { describe, expect, it } from "vitest";
import { hashWith, linkTo, parametersOf } from "../host/host";
import { ODD_NAMES } from "../model/samples";
import type { Link, Sort } from "../model/shown";
import { decode, encode } from "./address";
import { DEFAULT_GRAPH, DEFAULT_OPTIONS, GAP, PITCH, type Selection } from "./selection";
import { DEFAULT_ARCHITECTURE, DEFAULT_PROJECTION, DEFAULT_WHAT_IF } from "./viewOptions";

const plain: Selection = {
  view: "distributions",
  a: { run: "plain", model: "model", step: 80 },
  b: null,
  more: [],
  layers: ["classifier.1"],
  subsets: [{ key: "class:3", hue: 4 }],
  instances: [],
  marked: new Map(),
  hidden: new Map(),
  unit: null,
  options: DEFAULT_OPTIONS,
  graph: DEFAULT_GRAPH,
  projection: DEFAULT_PROJECTION,
  whatIf: DEFAULT_WHAT_IF,
  architecture: DEFAULT_ARCHITECTURE,
};

const throughHash = (selection: Selection) => decode(parametersOf(hashWith("", encode(selection))));

/** `decode` leaves out what is at its default. */
const present = ({
  b,
  more,
  instances,
  marked,
  hidden,
  unit,
  options,
  graph,
  projection,
  whatIf,
  architecture,
  ...rest
}: Selection): Partial<Selection> => ({
  ...rest,
  ...(b && { b }),
  ...(more.length && { more }),
  ...(instances.length && { instances }),
  ...(marked.size && { marked }),
  ...(hidden.size && { hidden }),
  ...(unit && { unit }),
  ...(options !== DEFAULT_OPTIONS && { options }),
  ...(graph !== DEFAULT_GRAPH && { graph }),
  ...(projection !== DEFAULT_PROJECTION && { projection }),
  ...(whatIf !== DEFAULT_WHAT_IF && { whatIf }),
  ...(architecture !== DEFAULT_ARCHITECTURE && { architecture }),
});

describe("the address bar", () => {
  it("leaves defaults out", () => {
    expect([...encode(plain).keys()]).toEqual(["view", "a", "layers", "subsets"]);
  });

  it.each(ODD_NAMES)("brings back everything that is called %j", (name) => {
    const odd: Selection = {
      view: name,
      a: { run: name, model: name, step: -3 },
      b: { run: name, model: name, link: { kind: "before", records: 2 } },
      more: [{ run: name, model: "model" }],
      layers: [name, "fc"],
      subsets: [{ key: `slice:${name}`, hue: 9 }],
      instances: [4095, 0],
      marked: new Map([[name, [3, 1]]]),
      hidden: new Map([[name, [7]]]),
      unit: { layer: name, unit: 12 },
      options: {
        ...DEFAULT_OPTIONS,
        search: name,
        axis: "shared",
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
        lift: true,
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
        layer: 2.25,
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
    const sorted = { ...plain, options: { ...DEFAULT_OPTIONS, sort } };
    expect(throughHash(sorted).options).toEqual(sorted.options);
  });

  it("keeps the distances of the graph within what can be seen", () => {
    const far = new Map([["graph", '{"pitch":1000000000,"gap":1000000000,"filter":500}']]);
    expect(decode(far).graph).toEqual({
      ...DEFAULT_GRAPH,
      pitch: PITCH[1],
      gap: GAP[1],
      filter: 100,
    });
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
    const found = decode(new Map([[key, value]]));
    expect(found).toEqual(
      key === "options" && value === '"own"' ? { options: DEFAULT_OPTIONS } : {},
    );
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
