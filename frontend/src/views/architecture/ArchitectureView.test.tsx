import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Architecture } from "../../api/schema";
import { index, model, tensors } from "../../model/samples";
import { forget } from "../../state/answers";
import { fit } from "../../state/selection";
import * as state from "../../state/store";
import { architecture as view } from ".";
import "./ArchitectureView";
import { architectureOptions } from "./options";
import { architecture, residual } from "./testing";

const root = document.createElement("div");
const find = (selector: string): HTMLElement => {
  const found = root.querySelector<HTMLElement>(selector);
  if (!found) throw new Error(`nothing fits ${selector}`);
  return found;
};
const count = (selector: string) => root.querySelectorAll(selector).length;
const settle = () => act(() => new Promise<void>((done) => setTimeout(done, 20)));
const press = async (element: HTMLElement) => {
  await act(() => element.click());
  await settle();
};

const NETWORK = residual([1, 28, 1]);

/** The view as the shell shows it. */
function Page() {
  const [run, a] = [state.modelA.value, state.a.value];
  return run && a && <view.Shown model={run} a={a} />;
}

/** Of every layer its place, growing over the steps. */
function seriesAnswer({ layers }: Architecture, query: URLSearchParams): ArrayBuffer {
  const asked = query.getAll("layer");
  const names = asked.length ? asked : layers.map(({ name }) => name);
  const steps = query.has("step") ? [Number(query.get("step"))] : [0, 80];
  const data = new Float32Array(names.flatMap((_, at) => steps.map((step) => (step * at) / 1e4)));
  const tensor = { data, shape: [names.length, steps.length] };
  return tensors({ values: tensor, noise: tensor }, { since: null, layers: names, steps });
}

async function show(
  found: Architecture,
  options: Parameters<typeof architectureOptions.choose>[0],
) {
  vi.stubGlobal("fetch", async (url: string) => {
    const [route, query] = url.split("?");
    if (route === "architecture") return Response.json(found);
    if (route === "layers") return Response.json({ layers: [] });
    return new Response(seriesAnswer(found, new URLSearchParams(query)));
  });
  const layers = found.layers.map((one) => ({ ...one, reduction: "max" }));
  const known = index(model({ layers, steps: [0, 80] }));
  state.receive(known);
  state.selection.value = fit({ a: { run: "plain", model: "model", step: 80 } }, known);
  architectureOptions.choose(options);
  document.body.append(root);
  await act(() => render(<Page />, root));
  await settle(); // the view's module
  await settle();
}

afterEach(() => {
  render(null, root);
  root.remove();
  vi.unstubAllGlobals();
  forget();
});

describe("the architecture", () => {
  beforeEach(() =>
    show(NETWORK, { shade: "dead", open: [], closed: [], layer: null, table: false }),
  );

  it("is one tab stop of nodes that say what they are and carry their number", () => {
    expect(count('.architecture-node[tabindex="0"]')).toBe(1);
    const node = find('[data-layer="relu"]');
    expect(node.querySelector(".visually-hidden")?.textContent).toBe(
      "relu, ReLU, output 8 × 4 × 4, 8 units, 10 parameters, dead units 0 %",
    );
    expect(Number(node.dataset.value)).toBe(0);
    expect(find('[data-block="layer2."]').dataset.value).toBeDefined();
  });

  it("opens a block that is pressed, and closes it by the name of its frame", async () => {
    const before = count(".architecture-node");
    await press(find('[data-block="layer2."]'));
    expect(count(".architecture-node")).toBe(before - 1 + 28);
    expect(architectureOptions.value.open).toEqual(["layer2."]);
    await press(find('[data-open="layer2."]'));
    expect(count(".architecture-node")).toBe(before);
  });

  it("shows the layer that is pressed in detail, with what feeds it, and leads to its distributions", async () => {
    await press(find('[data-layer="fc"]'));
    const aside = find(".architecture-inspector");
    expect(aside.textContent).toContain("fed by" + "layer3.0.relu:2");
    await press(
      [...aside.querySelectorAll("button")].find(
        (one) => one.textContent === "Distributions",
      ) as HTMLElement,
    );
    expect(state.view.value).toBe("distributions");
    expect(state.layers.value).toEqual(["fc"]);
  });

  it("says what its numbers tell apart, within what is saved", async () => {
    await act(() => architectureOptions.choose({ shade: "divergence", table: false }));
    const saved = find(".exports").closest(":has(> .view-tools)");
    expect(saved?.textContent).toContain("of dog at A from ship at A");
  });

  it("stands as a table that a head sorts", async () => {
    await act(() => architectureOptions.choose({ table: true }));
    const first = () => find(".architecture-table tbody tr td:nth-child(2)").textContent;
    expect(count(".architecture-table tbody tr")).toBe(NETWORK.layers.length);
    expect(first()).toBe("relu");
    const head = [...root.querySelectorAll<HTMLElement>("th button")].find(
      (one) => one.textContent === "layer",
    );
    await press(head as HTMLElement);
    expect(first()).toBe("fc");
    expect(find('th[aria-sort="ascending"]').textContent).toContain("layer");
  });
});

describe("an architecture without links", () => {
  it("stands in the order of execution, and says what would record them", async () => {
    await show(architecture(["a", "b", "c"], []), { shade: "none", table: false });
    expect(count(".link.is-order")).toBeGreaterThan(0);
    expect(find(".graph-notes code").textContent).toContain("graph=Graph()");
  });
});
