import { beforeEach, describe, expect, it } from "vitest";
import { index, model, ODD_NAMES } from "../../model/samples";
import { sheetOf } from "../../plot/columns";
import { csv } from "../../plot/csv";
import { fit } from "../../state/selection";
import * as state from "../../state/store";
import { nameUnit } from "../../state/unitNames";
import { layoutOf } from "./layout";
import { graphOptions } from "./options";
import { sceneOf } from "./scene";
import { graphed, graphSubjects } from "./subjects";
import { edgeColumns, nodeColumns, orderedNodes } from "./tables";
import { compared } from "./testing";

const COUNTED = {
  steps: [0, 80],
  subsets: ["class:0", "class:1"],
  influence: [],
  masses: [0.03],
  of: ["activation"],
  measures: ["contribution"],
  links: [],
  notes: [],
} as const;
const plain = model({ graph: COUNTED });

const answer = compared(
  [
    { layer: 0, unit: 3, side: "both", share: [0.5, 0.25] },
    { layer: 0, unit: 7, side: "B", share: [null, 0.5] },
    { layer: 1, unit: 1, side: "A", share: [1, 0] },
  ],
  [
    [0, 2, 0.4],
    [1, 2, -0.2],
  ],
);

function drawn() {
  const scene = sceneOf(answer, graphOptions.initial);
  const layout = layoutOf(scene, { ...graphOptions.initial, across: false }, null);
  const subjects = graphed(answer, graphSubjects().subjects, "light");
  const [head = [], ...rows] = sheetOf(nodeColumns(scene, subjects), orderedNodes(scene, layout));
  return { scene, subjects, nodes: { head, rows } };
}

beforeEach(() => {
  const a = { run: plain.run, model: plain.model, step: 80 };
  const wanted = { a, subsets: ["class:0", "class:1"].map((key, hue) => ({ key, hue })) };
  state.receive(index(plain));
  state.selection.value = fit(wanted, index(plain));
});

describe("whose graph is shown", () => {
  it("is the first two subjects' that were counted", () => {
    const keys = ["class:2", "class:1", "class:0"];
    state.choose({ subsets: keys.map((key, hue) => ({ key, hue })) });
    const { subjects, missing } = graphSubjects();
    expect(subjects.map(({ key }) => key)).toEqual(["class:1"]);
    expect(missing.map(({ key }) => key)).toEqual(["class:2"]);
  });

  it("is told apart by the moment where the subset is the same", () => {
    const link = { kind: "pinned", step: 0 } as const;
    state.choose({ subsets: [{ key: "class:0", hue: 0 }], b: { ...plain, link } });
    const { subjects } = graphSubjects();
    expect(graphed(answer, subjects, "light").map(({ name }) => name)).toEqual([
      "cat at A",
      "cat at B",
    ]);
  });
});

describe("the tables", () => {
  it("have a row for every node in sight, from the output down, and for every edge", () => {
    const { scene, subjects, nodes } = drawn();
    expect(nodes.rows.map((row) => row.slice(0, 4))).toEqual([
      ["l1", "1", "", "only cat"],
      ["l0", "3", "", "both"],
      ["l0", "7", "", "only dog"],
    ]);
    expect(nodes.head).toContain("dog (plain, step 80): share");
    for (const row of nodes.rows) expect(row.length).toBe(nodes.head.length);
    const [head, ...edges] = sheetOf(edgeColumns(scene, subjects), scene.edges);
    expect(edges.map((row) => row.slice(-3))).toEqual([
      [0.4, 0.4, 0],
      [-0.2, -0.2, 0],
    ]);
    for (const row of edges) expect(row.length).toBe(head?.length);
  });

  it("leave a number that is not known empty", () => {
    const { head, rows } = drawn().nodes;
    const column = head.indexOf("cat (plain, step 80): share");
    expect(rows[2]?.[column]).toBeNaN();
  });

  it.each(ODD_NAMES.filter((name) => name !== ""))("keep a unit called %j in its cell", (name) => {
    nameUnit(plain, { layer: "l0", unit: 3 }, name);
    const { head, rows } = drawn().nodes;
    const text = csv([head, ...rows]);
    const cells = [...text.matchAll(/("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n)/g)];
    expect(cells.length).toBe(head.length * (rows.length + 1));
    expect(text).not.toMatch(/(^|,)=1/m);
  });
});
