import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { forget } from "./ask";
import { strip, strips } from "./whatIfRoutes";

const MODEL = { run: "a b", model: "m" };

beforeEach(forget);
afterEach(() => {
  vi.unstubAllGlobals();
});

const answering = (value: unknown) =>
  vi.stubGlobal(
    "fetch",
    vi.fn(async () => new Response(JSON.stringify(value))),
  );

it("numbers of a strip that are not finite come as NaN, at any depth", async () => {
  answering({ first: null, name: "", curve: { effect: [1, null], probability: [[null, 0.5]] } });
  const found = await strip(MODEL, "x");
  expect(found).toMatchObject({
    first: Number.NaN,
    name: "",
    curve: { effect: [1, Number.NaN], probability: [[Number.NaN, 0.5]] },
  });
});

it("the list comes without its wrapping", async () => {
  answering({ strips: [{ id: "x", last: null }] });
  expect(await strips(MODEL)).toEqual([{ id: "x", last: Number.NaN }]);
  expect(fetch).toHaveBeenCalledWith("strips?run=a+b&model=m");
});
