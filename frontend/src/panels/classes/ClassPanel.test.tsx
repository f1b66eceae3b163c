import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { GraphSummary } from "../../api/schema";
import { index, model, tensors } from "../../model/samples";
import { forget } from "../../state/answers";
import { counting } from "../../state/shared";
import * as state from "../../state/store";
import { ClassPanel } from "./ClassPanel";

const graph: GraphSummary = {
  steps: [80],
  subsets: [],
  influence: [],
  masses: [0.03],
  of: ["activation"],
  measures: ["contribution"],
  links: [],
  notes: [],
};
const classes = ["cat", "dog", "ship", "plane"];
const keys = classes.map((_, place) => `class:${place}`);
const recorded = { class_metrics: [0] };
const known = { classes, subsets: ["all", ...keys], probe: null, confused: null, graph, recorded };
const asked: string[] = [];
let leftOut: readonly string[] = [];
let root: HTMLElement;

const floats = (values: readonly number[], shape = [values.length]) => ({
  data: Float32Array.from(values),
  shape,
});
const counts = (values: readonly number[], shape = [values.length]) => ({
  data: Uint32Array.from(values),
  shape,
});

function embedding(): ArrayBuffer {
  const rows = keys.filter((key) => !leftOut.includes(key));
  const there = rows.length >= 3;
  const layers = there ? ["features.3", "classifier.4"] : [];
  const xy = layers.flatMap((_, layer) => rows.flatMap((_, row) => [row, row * layer]));
  return tensors(
    { xy: floats(xy, [layers.length, rows.length, 2]), inputs: counts(rows.map(() => 50)) },
    {
      step: 80,
      layers,
      rows: there ? rows : [],
      method: ["umap", "mds"],
      leftOut,
      reason: there ? null : "a map needs 3 classes of 20 inputs or more; there are 2",
    },
  );
}

function metrics(): ArrayBuffer {
  const flat = { data: new Float32Array(4).fill(Number.NaN), shape: [1, 4] };
  return tensors(
    {
      inputs: counts([50, 50, 50, 7], [1, 4]),
      correct: counts([40, 30, 50, 7], [1, 4]),
      predicted: counts([50, 50, 50, 7], [1, 4]),
      absolute_error: flat,
      squared_error: flat,
      confusion: counts([], [4, 0]),
      probability: counts([0, 50, 25, 25, 0, 50, 7, 0], [4, 2]),
    },
    { steps: [80], rows: keys, total: [157], unlabelled: [0], step: 80, mode: "eval" },
  );
}

/** The class asked about is the likest to itself, the later ones the likelier. */
function similarity(url: string): ArrayBuffer {
  const [, , , subset] = JSON.parse(new URLSearchParams(url.split("?")[1]).get("s") ?? "[]");
  const values = keys.map((key, place) => (key === subset ? 1 : 0.2 * place));
  return tensors(
    { similarity: floats(values), low: floats(values), high: floats(values) },
    { layer: "", step: 80, rows: keys },
  );
}

beforeEach(async () => {
  forget();
  localStorage.clear();
  asked.length = 0;
  leftOut = [];
  vi.stubGlobal("matchMedia", () => ({ matches: true }));
  vi.stubGlobal(
    "ResizeObserver",
    class {
      constructor(private readonly tell: (entries: unknown[]) => void) {}
      observe() {
        this.tell([{ contentRect: { width: 300, height: 360 } }]);
      }
      disconnect() {}
    },
  );
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    const answer = { embedding, metrics, similarity }[url.split("?")[0] ?? ""];
    return Promise.resolve(new Response(answer?.(url)));
  });
  root = document.createElement("div");
  document.body.append(root);
  state.selection.value = null;
  state.receive(index(model({ ...known, run: `classes ${Math.random()}` })));
  state.choose({ subsets: [{ key: "class:0", hue: 0 }] });
});

afterEach(async () => {
  await act(() => render(null, root));
  root.remove();
  vi.unstubAllGlobals();
});

const names = () => [...root.querySelectorAll(".class-line bdi")].map((name) => name.textContent);
const line = (name: string) =>
  [...root.querySelectorAll(".class-line")].find(
    (one) => one.querySelector("bdi")?.textContent === name,
  );
const click = (element: Element | null | undefined, init: MouseEventInit = {}) =>
  act(() => {
    element?.dispatchEvent(new MouseEvent("click", { bubbles: true, ...init }));
  });
const shown = () => state.subsets.value?.map(({ key }) => key);

async function open(): Promise<void> {
  await act(() => render(<ClassPanel />, root));
  await vi.waitFor(() => expect(names()).toHaveLength(classes.length));
}

describe("the classes", () => {
  it("are listed once each, the chosen on top and then the likest first", async () => {
    await open();
    await vi.waitFor(() => expect(names()).toEqual(["cat", "plane", "ship", "dog"]));
    await vi.waitFor(() =>
      expect(line("plane")?.querySelector("button .visually-hidden")?.textContent).toBe(
        "plane, 7 inputs, accuracy 1.0, similarity to cat .60, 95 % interval .60 to .60",
      ),
    );
    expect(line("plane")?.textContent).toContain("few");
    expect(line("dog")?.textContent).not.toContain("few");
    expect(root.querySelector(".class-facts")?.textContent).toContain(
      "4 classes, 157 inputs, accuracy .81, step 80",
    );
  });

  it("are chosen by a click, for one question about similarity", async () => {
    await open();
    await vi.waitFor(() => expect(names()[1]).toBe("plane"));
    asked.length = 0;
    await click(line("dog")?.querySelector("button"));
    expect(shown()).toEqual(["class:1"]);
    await vi.waitFor(() => expect(names()).toEqual(["dog", "plane", "ship", "cat"]));
    expect(asked.map((url) => url.split("?")[0])).toEqual(["similarity"]);
  });

  it("are compared by Ctrl, Shift or the button beside them, and taken away by it", async () => {
    await open();
    await click(line("dog")?.querySelector("button"), { ctrlKey: true });
    expect(shown()).toEqual(["class:0", "class:1"]);
    await click(line("ship")?.querySelector(".class-add"));
    expect(shown()).toEqual(["class:0", "class:2"]);
    expect(names().slice(0, 2)).toEqual(["cat", "ship"]);
    await click(line("ship")?.querySelector(".class-add"));
    expect(shown()).toEqual(["class:0"]);
  });

  it("are found by name, and chosen from there by Enter", async () => {
    await open();
    const field = root.querySelector<HTMLInputElement>("input[type=search]");
    await act(() => {
      if (field) field.value = "SHI";
      field?.dispatchEvent(new Event("input", { bubbles: true }));
    });
    expect(names()).toEqual(["cat", "ship"]);
    await act(() => {
      field?.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    });
    expect(shown()).toEqual(["class:2"]);
  });
});

describe("the map of the classes", () => {
  it("is of the last hidden layer at first, and says how it was made", async () => {
    await open();
    await vi.waitFor(() => expect(root.querySelector(".layer-choice")).not.toBeNull());
    expect(root.querySelector<HTMLSelectElement>(".layer-choice select")?.value).toBe(
      "classifier.4",
    );
    expect(root.querySelector(".class-note")?.textContent).toContain("MDS of cosine distances");
    await act(() => counting.choose({ embedding: "features.3" }));
    expect(root.querySelector(".class-note")?.textContent).toContain("UMAP");
    await vi.waitFor(() => expect(asked.at(-1)).toContain("layer=features.3"));
  });

  it("tells of classes left out, and why there is none where too few are left", async () => {
    leftOut = ["class:3"];
    await open();
    await vi.waitFor(() =>
      expect(root.querySelector(".class-note")?.textContent).toContain(
        "1 class with fewer than 20 inputs",
      ),
    );
    await act(() => render(null, root));
    forget();
    leftOut = ["class:2", "class:3"];
    await open();
    await vi.waitFor(() => expect(root.textContent).toContain("a map needs 3 classes"));
    expect(root.querySelector("canvas")).toBeNull();
  });

  it("and the line of code that records it are told of where nothing is recorded", async () => {
    state.receive(index(model({ ...known, run: "bare", graph: null })));
    await act(() => state.chooseA({ run: "bare", model: "model" }));
    await open();
    expect(root.querySelector("pre")?.textContent).toContain("graph=Graph()");
    expect(asked.map((url) => url.split("?")[0])).toEqual(["metrics"]);
  });
});
