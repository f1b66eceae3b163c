import { expect, it } from "vitest";
import { model } from "./samples";
import { listed, reason, where } from "./sentences";

it("names are listed as people do", () => {
  expect(listed([])).toBe("nothing");
  expect(listed(["a"])).toBe("a");
  expect(listed(["a", "b", "c"])).toBe("a, b and c");
  expect(listed(["a", "b", "c", "d", "e"])).toBe("a, b and 3 more");
});

it("both snapshots are said where there are two", () => {
  const a = { run: "plain", model: "model", step: 1400 };
  expect(where(a, null)).toBe("run plain, step 1,400");
  expect(where(a, { ...a, run: "", step: 20 })).toBe(
    "run plain, step 1,400 (A) and run ., step 20 (B)",
  );
});

it("the page says why it chose two classes, and of others nothing", () => {
  const shown = (...keys: readonly string[]) => keys.map((key) => ({ key, hue: 0 }));
  const one = model({ confused: [1, 2] });
  expect(reason(one, shown("class:2", "class:1"))).toContain("confused most often");
  expect(reason(one, shown("class:2", "class:1", "all"))).toBe("");
  expect(reason(one, shown("class:0", "class:1"))).toBe("");
  expect(reason(model({ confused: null }), shown("class:0"))).toBe("");
});
