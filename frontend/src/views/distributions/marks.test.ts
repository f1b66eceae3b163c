import { max, min } from "d3-array";
import { describe, expect, test } from "vitest";
import { FAINTEST } from "../../model/color";
import { scalesOf } from "../../model/histograms/panel";
import { panel, type SubjectSketch } from "../../model/histograms/testing";
import { position } from "../../model/scale";
import { laneSubjects, rowShape } from "./layout";
import { type Mark, rowMarks } from "./marks";

const DIVERGING = { more: "#ff8800", less: "#8800ff", noise: "#888888" };

function draw(sketches: readonly SubjectSketch[], instances: readonly (readonly number[])[] = []) {
  const data = panel(sketches, { start: -2, instances });
  const shape = rowShape(laneSubjects(data.subjects, "stacked"), false);
  const scale = scalesOf(data, { kind: "linear", axis: "own" }, [0, 300])(0);
  return { marks: rowMarks(data, 0, shape, scale, null), scale, shape };
}

const bars = (marks: readonly Mark[]) =>
  marks.flatMap((mark) => (mark.kind === "bar" ? [mark] : []));

describe("the marks of a row", () => {
  test("bars stand where their bins are", () => {
    const { marks, scale } = draw([{ counts: [[100, 0, 300, 0]], inputs: 400 }]);
    const [first, second] = bars(marks);
    expect(first?.x).toBeCloseTo(position(scale, -2));
    expect(second?.x).toBeCloseTo(position(scale, 0));
    expect((second?.x ?? 0) + (second?.width ?? 0)).toBeCloseTo(position(scale, 1));
    expect(second?.opacity).toBe(1);
    expect(first?.opacity).toBeCloseTo(FAINTEST + (1 - FAINTEST) * Math.sqrt(1 / 3));
  });

  test("exact zeros are a tick at zero, as high as their share", () => {
    const { marks, scale, shape } = draw([{ counts: [[50, 0, 0, 0]], zero: [50], inputs: 100 }]);
    const zero = marks.find((mark) => mark.kind === "zero");
    expect(zero?.x).toBeCloseTo(position(scale, 0));
    expect(zero?.share).toBe(0.5);
    expect(zero?.height).toBeCloseTo((shape.lanes[0]?.height ?? 0) / 2);
  });

  test("what lies over the window is an arrow at the right end with its share", () => {
    const { marks } = draw([{ counts: [[75, 0, 0, 0]], over: [25], inputs: 100 }]);
    expect(marks).toContainEqual(
      expect.objectContaining({ kind: "arrow", side: "over", x: 300, share: 0.25 }),
    );
  });

  test("what is not finite is said in words with its share", () => {
    const { marks } = draw([{ counts: [[5, 0, 0, 0]], nan: [15], inputs: 20 }]);
    expect(marks).toContainEqual(expect.objectContaining({ kind: "missing", share: 0.75 }));
  });

  test("instances are dots at their activation; NaN has none", () => {
    const { marks, scale } = draw(
      [{ counts: [[10, 10, 10, 10]], inputs: 40 }],
      [[0.25], [Number.NaN]],
    );
    const dots = marks.flatMap((mark) => (mark.kind === "dot" ? [mark] : []));
    expect(dots.map(({ value }) => value)).toEqual([0.25]);
    expect(dots[0]?.x).toBeCloseTo(position(scale, 0.25));
  });

  test("an instance outside all bins is still inside the row", () => {
    const { marks } = draw([{ counts: [[10, 10, 10, 10]], inputs: 40 }], [[70]]);
    const dot = marks.find((mark) => mark.kind === "dot");
    expect(dot?.x).toBeCloseTo(300);
  });

  test("B is hatched and stands below A", () => {
    const counts = [[10, 20, 30, 40]];
    const { marks } = draw([
      { counts, inputs: 100, place: "A", key: "cat" },
      { counts, inputs: 100, place: "B", key: "cat" },
    ]);
    const [a, b] = [0, 1].map((subject) => bars(marks).filter((bar) => bar.subject === subject));
    expect(a?.some(({ hatched }) => hatched)).toBe(false);
    expect(b?.every(({ hatched }) => hatched)).toBe(true);
    expect(min(b ?? [], ({ y }) => y)).toBeGreaterThan(
      max(a ?? [], ({ y, height }) => y + height - 1) ?? Number.NaN,
    );
    expect(a?.map(({ x, opacity }) => [x, opacity])).toEqual(
      b?.map(({ x, opacity }) => [x, opacity]),
    );
  });

  test("an unmatched unit of another run draws nothing and takes no part in a difference", () => {
    const sketches: SubjectSketch[] = [
      { counts: [[500, 500]], inputs: 1000, place: "A", key: "cat" },
      { counts: [[0, 0]], inputs: 1000, place: "B", key: "cat", unit: [0xffffffff] },
    ];
    expect(bars(draw(sketches).marks).every(({ subject }) => subject === 0)).toBe(true);
    const data = panel(sketches);
    const scale = scalesOf(data, { kind: "linear", axis: "own" }, [0, 300])(0);
    const shape = rowShape(laneSubjects(data.subjects, "difference"), false);
    expect(rowMarks(data, 0, shape, scale, DIVERGING)).toEqual([]);
  });

  test("a difference says its sign by colour and by place", () => {
    const data = panel([
      { counts: [[900, 100]], inputs: 1000, place: "A", key: "cat" },
      { counts: [[100, 900]], inputs: 1000, place: "B", key: "cat" },
    ]);
    const scale = scalesOf(data, { kind: "linear", axis: "own" }, [0, 300])(0);
    const shape = rowShape(laneSubjects(data.subjects, "difference"), false);
    const [more, less] = bars(rowMarks(data, 0, shape, scale, DIVERGING));
    expect([more?.sign, more?.colour]).toEqual([1, DIVERGING.more]);
    expect([less?.sign, less?.colour]).toEqual([-1, DIVERGING.less]);
    expect(less?.y).toBeGreaterThan(more?.y ?? 0);
  });
});

test("a shared axis gives every unit one scale that holds them all", () => {
  const data = panel([
    {
      counts: [
        [1, 0, 0],
        [0, 0, 1],
      ],
      inputs: 1,
    },
  ]);
  const shared = scalesOf(data, { kind: "linear", axis: "shared" }, [0, 300]);
  const own = scalesOf(data, { kind: "linear", axis: "own" }, [0, 300]);
  expect(shared(0)).toBe(shared(1));
  expect(shared(0).domain).toEqual([0, 3]);
  expect([own(0).domain, own(1).domain]).toEqual([
    [0, 1],
    [2, 3],
  ]);
});
