import { afterEach, expect, it, vi } from "vitest";
import { tensors } from "../model/samples";
import { forget } from "./ask";
import * as api from "./projectionRoutes";

afterEach(() => {
  vi.unstubAllGlobals();
  forget();
});

it("writes numbers as ranges, rising, each once", () => {
  expect(api.ranges([5, 3, 4, 9, 3])).toBe("3-5,9");
  expect(api.ranges([])).toBe("");
});

it("asks for what differs from the defaults", async () => {
  const asked: string[] = [];
  const one = { data: new Float32Array(2), shape: [1, 1, 2] };
  const whole = { data: new Uint8Array(1), shape: [1] };
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(url);
    return new Response(tensors({ xy: one, instance: whole }, { steps: [0], method: "umap" }));
  });
  const model = { run: "a b", model: "m" };
  await api.trail(model, "fc", [2, 1], { method: "umap", anchor: { run: "z", model: "m" } });
  await api.trail(model, "fc", [7], { method: "pivot_mds", anchor: null });
  expect(asked).toEqual([
    "trail?run=a+b&model=m&layer=fc&instances=1-2&method=umap&anchor_run=z&anchor_model=m",
    "trail?run=a+b&model=m&layer=fc&instances=7",
  ]);
});
