import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Model } from "../../api/schema";
import { index, model, tensors } from "../../model/samples";
import { forget } from "../../state/answers";
import { fit } from "../../state/selection";
import * as state from "../../state/store";
import { whatIf } from ".";
import type { WhatIfOptions } from "./options";
import { whatIfOptions } from "./options";
import { group, report, strip, summaryOf } from "./testing";

const towardsDog = strip();
const towardsUnit = strip({ id: "two", target: "unit:5/features.3", flip: -1 });
const removal = { predicted: 2, measured: 2.5, inputs: 64, correct: 60, takenFor: 1 };
const ANSWERS: Readonly<Record<string, (query: URLSearchParams) => unknown>> = {
  strips: () => ({ strips: [towardsDog, towardsUnit].map(summaryOf) }),
  strip: (query) => (query.get("id") === "two" ? towardsUnit : towardsDog),
  ablations: (query) => ({
    step: 80,
    replacement: query.get("replacement"),
    replacements: ["mean", "zero"],
    subsets: ["class:0", "class:2"].map((subset) => ({
      subset,
      inputs: 64,
      correct: 60,
      rows: [{ layer: "features.3", unit: 7, correctAfter: 50, ...removal }],
    })),
  }),
  ablation: () => ({
    step: 80,
    replacement: "mean",
    subsets: [
      { subset: "class:1", predicted: 0.5, predictedStep: 80, inputs: 64, measured: null },
    ].map((row) => ({
      measuredStep: null,
      measuredInputs: null,
      correct: null,
      correctAfter: null,
      takenFor: null,
      ...row,
    })),
    call: 'add_ablations(writer, recorder, loader, step=80, units={"features.3": [3]})',
  }),
  attack_report: () => report(group(), group({ enough: false, auroc: null, positives: 12 })),
};
const asked: string[] = [];
let root: HTMLElement;

beforeEach(() => {
  forget();
  asked.length = 0;
  root = document.createElement("div");
  document.body.append(root);
  HTMLElement.prototype.scrollIntoView = () => {};
  vi.stubGlobal(
    "ResizeObserver",
    class {
      constructor(private readonly tell: (entries: unknown[]) => void) {}
      observe() {
        this.tell([{ contentRect: { width: 836, height: 400 } }]);
      }
      disconnect() {}
    },
  );
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(url);
    const [route = "", query] = url.split("?");
    if (route === "saliency") {
      const values = { data: Float32Array.of(1, -2, 0, 0), shape: [2, 2] };
      const meta = { step: 80, method: "occlusion", parameters: "window 2", target: 1 };
      return new Response(tensors({ values }, meta));
    }
    return new Response(JSON.stringify(ANSWERS[route]?.(new URLSearchParams(query))));
  });
});

afterEach(() => {
  act(() => render(null, root));
  root.remove();
  vi.unstubAllGlobals();
});

const ALL = {
  strips: 2,
  saliency: {},
  ablationSteps: [80],
  attackReportSteps: [80],
  probe: null,
} as const;

/** What is under way, or has not got its width yet. */
const UNFINISHED = "[aria-busy=true], .message.is-loading, .strip-rows:not(:has(.frame))";

async function open(recorded: Partial<Model>, options: Partial<WhatIfOptions> = {}) {
  const known = index(model(recorded));
  const a = { run: "plain", model: "model", step: 80 };
  state.selection.value = fit({ a, options: { whatIf: options } }, known);
  state.receive(known);
  await act(() => render(<whatIf.Shown model={known.models[0] ?? model()} a={a} />, root));
  await vi.waitFor(() => expect(root.querySelector(UNFINISHED)).toBeNull(), { timeout: 4000 });
}

const find = <E extends HTMLElement = HTMLElement>(selector: string): E => {
  const found = root.querySelector<E>(selector);
  if (!found) throw new Error(`nothing matches ${selector}`);
  return found;
};
const press = (target: Element, key: string) =>
  act(() => {
    target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  });
const click = (selector: string) => act(() => find(selector).click());
const pressed = () =>
  [...root.querySelectorAll<HTMLElement>(".frame[aria-pressed=true]")].map(
    (cell) => cell.dataset.frame,
  );

it("says that B is not asked where one is chosen", async () => {
  await open(ALL);
  expect(root.querySelector(".what-if > .note")).toBeNull();
  const link = { kind: "pinned", step: 0 } as const;
  await act(() => state.choose({ b: { run: "plain", model: "model", link } }));
  await vi.waitFor(() =>
    expect(find(".what-if > .note").textContent).toContain("Showing run plain (A) only"),
  );
});

it("says at which steps there is an answer, where that is not at all of them", async () => {
  await open({ ...ALL, steps: [0, 40, 80], ablationSteps: [0, 80] }, { question: "removal" });
  expect(find(".what-if > .note").textContent).toBe(
    "Ablation: recorded at steps 0 and 80. At other steps of A the ones before are shown, else the first.",
  );
});

describe("what is not recorded", () => {
  it.each([
    ["strips", "add_adversarial_strips(writer, recorder, [0, 1, 2], step=step)"],
    ["strips", "add_saliency(writer, recorder, [0, 1, 2], step=step)"],
    ["removal", "add_ablations(writer, recorder, loader, step=step)"],
    ["attacks", "writer, recorder, images, labels, step=step,"],
  ] as const)("of %s is explained with the call that logs it", async (question, call) => {
    await open({}, { question });
    expect(find(".message pre").textContent).toContain(call);
    expect(asked).toEqual([]);
  });

  it("is not what opens first", async () => {
    await open({ ...ALL, strips: 0 });
    expect(find(".what-if").dataset.question).toBe("removal");
  });
});

describe("strips", () => {
  it("stand under one another, the random change last, opened at the flip", async () => {
    await open(ALL);
    const rows = [...root.querySelectorAll(".strip-row h3 .name")].map((name) => name.textContent);
    expect(rows).toEqual([
      "towards dog",
      "towards unit 5 of features.3",
      "random, same norm as towards dog",
    ]);
    expect(pressed()).toEqual(["2"]);
    expect(root.querySelectorAll(".flip")).toHaveLength(1);
    expect(find(".is-flip").dataset.step).toBe("3");
  });

  it("have their curve's dots under the middle of their pictures", async () => {
    await open(ALL);
    const dots = [...root.querySelectorAll<SVGPathElement>("[data-name=dog] .dot")];
    const across = dots.map((dot) => Number(/^M(\S+)/.exec(dot.getAttribute("d") ?? "")?.[1]) + 3);
    expect(across).toEqual([0, 1, 2, 3].map((frame) => 36 + (frame + 0.5) * 176));
    expect(dots.map(({ dataset }) => Number(dataset.value))).toEqual([0.1, 0.3, 0.6, 0.99]);
  });

  it("are gone through by keys, and the slider goes along", async () => {
    await open(ALL);
    await press(find(".frame[data-frame='2']"), "ArrowRight");
    expect(whatIfOptions.value).toMatchObject({ strip: "one", frame: 3 });
    expect(find(".scrubber").getAttribute("aria-valuetext")).toBe("frame 4 of 4, step 8");
    await press(find(".frame[data-frame='3']"), "ArrowRight");
    expect(whatIfOptions.value.frame).toBe(3);
    await press(find(".frame[data-frame='3']"), "Home");
    expect(pressed()).toEqual(["0"]);
  });

  it("tell of the frame under the pointer, and of the chosen one after it", async () => {
    await open(ALL);
    const readout = () => find(".readout").textContent;
    expect(readout()).toContain("frame 3 of 4");
    await act(() => {
      find(".frame[data-frame='1']").dispatchEvent(new PointerEvent("pointerenter"));
    });
    expect(readout()).toContain("step 2");
    await act(() => {
      find(".strip-scroll").dispatchEvent(new PointerEvent("pointerleave"));
    });
    expect(readout()).toContain("frame 3 of 4");
  });

  it("show the pictures that were chosen", async () => {
    await open(ALL, { picture: "overlay" });
    const sources = [...find(".frame[data-frame='1']").querySelectorAll("img")].map(({ src }) =>
      new URL(src).searchParams.get("picture"),
    );
    expect(sources).toEqual(["1", "5"]);
  });

  it("open the units that change most", async () => {
    await open(ALL);
    await click("[data-unit='5'] .unit-link");
    expect(state.unit.value).toEqual({ layer: "features.3", unit: 5 });
  });

  it("of a unit draw its activation over the probabilities", async () => {
    await open(ALL, { strip: "two" });
    const charts = [...root.querySelectorAll<HTMLElement>(".frame-chart")];
    expect(charts.map(({ dataset }) => dataset.what)).toEqual(["activation", "probability"]);
  });
});

describe("strips that cannot be read", () => {
  const refusing = (routes: readonly string[]) => {
    const answer = fetch;
    vi.stubGlobal("fetch", async (url: string) =>
      routes.some((route) => url.startsWith(route))
        ? new Response("it is damaged", { status: 500 })
        : answer(url),
    );
  };

  it("cost only themselves", async () => {
    refusing(["strip?run=plain&model=model&id=two"]);
    await open(ALL);
    expect(root.querySelectorAll(".strip-row")).toHaveLength(2);
    expect(root.querySelector(".message.is-failed")).toBeNull();
  });

  it("say why where there are no others", async () => {
    refusing(["strip?"]);
    await open(ALL);
    expect(find(".message.is-failed").textContent).toContain("it is damaged");
    expect(root.querySelectorAll(".strip-line")).toHaveLength(2);
  });
});

describe("maps of saliency", () => {
  it("are those of the strip's instance and of the chosen ones, where there are any", async () => {
    const occlusion = { steps: [80], instances: [1, 2] };
    const { probe } = model();
    await open({ ...ALL, probe, saliency: { occlusion } });
    await act(() => state.choose({ instances: [1, 3] }));
    await vi.waitFor(() => expect(root.querySelectorAll(".saliency-maps figure")).toHaveLength(2));
    const maps = [...root.querySelectorAll<HTMLElement>(".saliency-maps figure")];
    expect(maps.map(({ dataset }) => dataset.instance)).toEqual(["2", "1"]);
    expect(find(".saliency-maps .note").textContent).toContain(
      "add_saliency(writer, recorder, [3]",
    );
  });
});

describe("removed units", () => {
  it("stand with what was predicted and measured, of the first class that has an answer", async () => {
    await open(ALL, { question: "removal" });
    const { dataset, textContent } = find("tr[data-row='features.3/7']");
    expect(dataset).toMatchObject({ predicted: "2", measured: "2.5" });
    for (const part of ["−2.00", "−2.50", ".94 → .78", "dog"]) expect(textContent).toContain(part);
    expect(find<HTMLSelectElement>("select").value).toBe("class:2");
  });

  it("are asked with zero when that is chosen", async () => {
    await open(ALL, { question: "removal", replacement: "zero" });
    expect(asked.some((url) => url.includes("replacement=zero"))).toBe(true);
  });

  it("say what is only predicted, and which line measures it", async () => {
    await open(ALL, { question: "removal" });
    await act(() => state.choose({ unit: { layer: "features.3", unit: 3 } }));
    await vi.waitFor(() => find(".asked-table"));
    expect(find(".asked-table tbody tr").textContent).toBe("dog−0.50not measured––");
    expect(find(".asked-unit pre").textContent).toContain('units={"features.3": [3]}');
  });
});

describe("the report of attacks", () => {
  it("has areas only where there are enough inputs", async () => {
    await open(ALL, { question: "attacks" });
    const rows = [...root.querySelectorAll<HTMLElement>(".attack-table tbody tr")];
    expect(rows[0]?.querySelectorAll(".area")).toHaveLength(4);
    expect(rows[1]?.querySelectorAll(".area")).toHaveLength(0);
    expect(rows[1]?.textContent).toContain("too few (n = 12)");
    expect(rows[0]?.querySelector(".area.is-reversed")?.textContent).toContain(".40 ▼");
  });
});
