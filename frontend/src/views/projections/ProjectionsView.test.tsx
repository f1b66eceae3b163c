import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Model, ProjectionSummary } from "../../api/schema";
import { index, model, tensors } from "../../model/samples";
import { forget } from "../../state/answers";
import * as state from "../../state/store";
import { projections } from ".";
import "./ProjectionsView";
import { projectionOptions } from "./options";
import { FACTS, predictions, projection } from "./testing";

const recorded: ProjectionSummary = {
  steps: [0, 80],
  metric: "euclidean",
  pivots: 2,
  focus: [],
  neighbours: true,
  methods: {},
};
const MAPS = { pivot_distances: [0, 80] };
const LAYERS = ["features.3", "classifier.4"];
const asked: string[] = [];
/** happy-dom's canvas draws nothing; neither does this. */
const blank = (width = 0, height = 0) => ({
  width,
  data: new Uint8ClampedArray(4 * width * height),
});
const BLANK = new Proxy({}, { get: () => blank, set: () => true });
let root: HTMLElement;

/** At step 80 the first layer's places are [row, 0], the second's [row, 4]; at step 0 twice as far. */
function maps(url: string): ArrayBuffer {
  const far = url.includes("step=0") ? 2 : 1;
  const { arrays, meta } = projection(
    LAYERS,
    [0, 4].map((y) => [0, 1, 2, 3].map((row) => [far * row, far * y] as const)),
  );
  const bytes = { data: Uint8Array.from(arrays.instance.data), shape: arrays.instance.shape };
  const pivot = { data: Uint8Array.from(arrays.pivot.data), shape: arrays.pivot.shape };
  const mirrored = { data: Uint8Array.from(arrays.mirrored.data), shape: arrays.mirrored.shape };
  return tensors({ ...arrays, instance: bytes, pivot, mirrored }, meta);
}

function said(): ArrayBuffer {
  const { arrays, meta } = predictions([
    [0, 0.9],
    [1, 0.6],
    [2, 0.8],
    [1, 0.7],
  ]);
  const top = { data: Uint8Array.from(arrays.top.data), shape: arrays.top.shape };
  return tensors({ ...arrays, top }, meta);
}

/** Let answers come and effects run until a check holds. */
const eventually = (check: () => void): Promise<void> =>
  vi.waitFor(async () => {
    await act(() => new Promise((later) => setTimeout(later)));
    check();
  });

/** The view as the shell shows it. */
function Page() {
  const [run, a] = [state.modelA.value, state.a.value];
  return run && a && <projections.Shown model={run} a={a} />;
}

async function show(changes: Partial<Model>): Promise<void> {
  await act(() =>
    state.receive(index(model({ recorded: changes.projection ? MAPS : {}, ...changes }))),
  );
  await act(() => render(<Page />, root));
  await eventually(() => expect(root.querySelector(".is-loading")).toBeNull());
}

const text = () => root.textContent ?? "";

beforeEach(() => {
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(((kind: string) =>
    kind === "2d" ? BLANK : null) as HTMLCanvasElement["getContext"]);
  root = document.createElement("div");
  document.body.append(root);
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(url);
    if (url.startsWith("instances"))
      return Response.json({ hash: "9f2c", pictured: false, instances: FACTS.instances });
    if (url.startsWith("predictions")) return new Response(said());
    return new Response(maps(url));
  });
});
afterEach(() => {
  render(null, root);
  root.remove();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  forget();
  asked.length = 0;
  state.selection.value = null;
});

describe("the view of projections", () => {
  it("says what is missing and the line that records it", async () => {
    await show({ probe: null });
    expect(text()).toContain("No probe set");
    expect(text()).toContain("Recorder(model, probe=ProbeSet.sample(test_set))");
    await show({ projection: null });
    expect(text()).toContain("No projections recorded");
  });

  it("shows a small map a layer with its quality, and where one is", async () => {
    await show({ projection: recorded });
    const small = [...root.querySelectorAll("button.multiple")];
    expect(small.map((button) => button.getAttribute("data-layer"))).toEqual(LAYERS);
    expect(small[0]?.textContent).toContain("stress .21 · trust. .93");
    expect(small[1]?.getAttribute("aria-current")).toBe("true");
    expect(root.querySelector(".projection-quality")?.textContent).toContain(
      "second axis arbitrary",
    );
  });

  it("draws between two layers what lies between their maps", async () => {
    await show({ projection: recorded });
    await act(() => projectionOptions.choose({ layer: 0.5, table: true }));
    await eventually(() =>
      expect(root.querySelector("caption")?.textContent).toContain(
        "features.3 → classifier.4 50 %",
      ),
    );
    const rows = [...root.querySelectorAll("tbody tr")].map((row) =>
      [...row.querySelectorAll("td")].slice(-2).map((cell) => cell.textContent),
    );
    expect(rows).toEqual([
      ["0", "2"],
      ["1", "2"],
      ["2", "2"],
      ["3", "2"],
    ]);
  });

  it("chooses in the table what is chosen everywhere", async () => {
    await show({ projection: recorded });
    await act(() => projectionOptions.choose({ table: true }));
    await act(() => root.querySelector<HTMLInputElement>("tbody input")?.click());
    expect(state.instances.value).toEqual([0]);
  });

  it("asks for B in the frame of A where both have the probe set", async () => {
    const other = model({ recorded: MAPS, run: "other", projection: recorded });
    await act(() => state.receive(index(model({ recorded: MAPS, projection: recorded }), other)));
    await act(() => {
      state.chooseA({ run: "plain", model: "model" });
      state.chooseB({ run: "other", model: "model" });
    });
    await act(() => render(<Page />, root));
    await eventually(() => expect(text()).toContain("B: other · step 80"));
    const anchored = asked.filter((url) => url.startsWith("projection?run=other"));
    expect(anchored.length).toBeGreaterThan(0);
    expect(anchored.every((url) => url.includes("anchor_run=plain&anchor_model=model"))).toBe(true);
  });

  it("shows A alone, and says why, where A and B use different probe sets", async () => {
    const probe = { hash: "0000", size: 4, pictured: false, lossless: true };
    const other = model({ recorded: MAPS, run: "other", projection: recorded, probe });
    await act(() => state.receive(index(model({ recorded: MAPS, projection: recorded }), other)));
    await act(() => {
      state.chooseA({ run: "plain", model: "model" });
      state.chooseB({ run: "other", model: "model" });
    });
    await act(() => render(<Page />, root));
    await eventually(() => expect(text()).toContain("A and B use different probe sets"));
    expect(asked.some((url) => url.startsWith("projection?run=other"))).toBe(false);
  });
});
