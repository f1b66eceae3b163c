import { describe, expect, test } from "vitest";
import type { ShownSubject, Slot } from "../../model/shown";
import { shownPair, sortBy, terms, validSort } from "./terms";

const subject = (place: Slot, key: string): ShownSubject => ({
  subject: { run: "run", model: "model", step: 0, subset: key },
  place,
  key,
  hue: 0,
  name: key,
});
const cat = subject("A", "class:0");
const dog = subject("A", "class:1");
const attacked = { instance: 9, name: "attacked" };
const available = terms([cat, dog], [attacked], ["A"]);

describe("the sort", () => {
  test("is by divergence of the first two subjects by default", () => {
    expect(validSort(null, available)).toMatchObject({
      by: "divergence",
      of: { key: "class:0" },
      from: { key: "class:1" },
      descending: true,
    });
  });

  test("is by the median of the only subject by default", () => {
    expect(validSort(null, terms([dog], [], ["A"]))).toMatchObject({
      by: "value",
      of: { key: "class:1" },
    });
  });

  test("is by index when nothing else is shown", () => {
    expect(validSort(null, [])).toEqual({ by: "index", descending: false });
  });

  test("falls back when what it refers to is no longer shown", () => {
    const sort = {
      by: "value",
      of: { kind: "instance", place: "A", instance: 9 },
      descending: false,
    } as const;
    expect(validSort(sort, available)).toBe(sort);
    expect(validSort(sort, terms([cat, dog], [], ["A"])).by).toBe("divergence");
  });

  test("keeps its terms when its kind changes, as far as they fit", () => {
    const byDog = {
      by: "value",
      of: { kind: "subset", place: "A", key: "class:1" },
      descending: true,
    } as const;
    expect(sortBy("difference", byDog, available)).toMatchObject({
      of: { key: "class:1" },
      from: { key: "class:0" },
    });
    const byAttacked = { ...byDog, of: { kind: "instance", place: "A", instance: 9 } } as const;
    expect(sortBy("divergence", byAttacked, available)).toMatchObject({
      of: { kind: "subset" },
      from: { kind: "subset" },
    });
  });
});

test("every subject and every instance can be sorted by, at both moments", () => {
  const named = terms([cat, subject("B", "class:0")], [attacked], ["A", "B"]).map(
    ({ name }) => name,
  );
  expect(named).toEqual(["class:0 at A", "class:0 at B", "attacked at A", "attacked at B"]);
});

test("the divergence shown is the one sorted by, else that of the first two subjects", () => {
  const sort = validSort(null, available);
  expect(shownPair(sortBy("divergence", sort, available), [dog, cat])).toEqual([1, 0]);
  expect(shownPair({ by: "index", descending: false }, [dog, cat])).toEqual([0, 1]);
  expect(shownPair({ by: "index", descending: false }, [dog])).toBeNull();
});
