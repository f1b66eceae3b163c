import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, expect, it, vi } from "vitest";
import tour from "../../../docs/tour.md?raw";
import { ofModel, request } from "../api/ask";
import { percent } from "../model/format";
import { flag } from "../model/readers";
import { index, model, tensors } from "../model/samples";
import { ViewTools } from "../panels/ViewTools";
import { forget, useAnswer } from "../state/answers";
import { defineOptions, option } from "../state/options";
import * as state from "../state/store";
import { Check } from "../ui/tools";
import { defineView } from "./define";
import own from "./define.test.tsx?raw";

// The view of docs/tour.md.
const options = defineOptions("accuracy", { newestFirst: option(flag, true) });

const accuracy = defineView({
  id: "accuracy",
  title: "Accuracy",
  options,
  needs: ["class_metrics"],
  missing: () => ({
    title: "No class metrics are recorded",
    text: "They need the classes and the labels of the inputs.",
    code: "Recorder(model, classes=classes).run(loader)",
  }),
  View: ({ model, options: { newestFirst } }) => {
    const { value } = useAnswer(request("metrics", ofModel(model)));
    if (!value) return <p class="is-loading">Asking for the metrics…</p>;
    const { steps, rows } = value.meta;
    const sum = ({ data }: { readonly data: ArrayLike<number> }, record: number) =>
      rows.reduce((total, _, row) => total + (data[record * rows.length + row] ?? 0), 0);
    const lines = steps.map((step, record) => ({
      step,
      share: sum(value.arrays.correct, record) / sum(value.arrays.inputs, record),
    }));
    return (
      <div data-view="accuracy">
        <ViewTools
          label="Accuracy"
          savable={() => ({
            name: "accuracy",
            caption: model.run,
            tables: () => [
              [["step", "accuracy"], ...lines.map(({ step, share }) => [step, share])],
            ],
          })}
        >
          <Check
            label="newest first"
            checked={newestFirst}
            onChange={(first) => options.choose({ newestFirst: first })}
          />
        </ViewTools>
        <ul>
          {(newestFirst ? lines.toReversed() : lines).map(({ step, share }) => (
            <li key={step}>
              step {step}: {percent(share)}
            </li>
          ))}
        </ul>
      </div>
    );
  },
});

let root: HTMLElement;

/** By step the inputs of two classes, and how many of them were predicted rightly. */
const METRICS = { inputs: [10, 10, 10, 10], correct: [2, 3, 9, 8] };

async function show(recorded: Readonly<Record<string, readonly number[]>>) {
  vi.stubGlobal("fetch", async () => {
    const floats = { data: new Float32Array(4), shape: [2, 2] };
    const counts = (data: readonly number[]) => ({ data: Uint8Array.from(data), shape: [2, 2] });
    const none = { data: new Uint8Array(), shape: [0, 0] };
    const arrays = {
      inputs: counts(METRICS.inputs),
      correct: counts(METRICS.correct),
      predicted: counts(METRICS.inputs),
      absolute_error: floats,
      squared_error: floats,
      confusion: none,
      probability: none,
    };
    return new Response(
      tensors(arrays, { steps: [0, 80], rows: ["class:0", "class:1"], step: 80 }),
    );
  });
  const run = model({ recorded });
  state.receive(index(run));
  root = document.createElement("div");
  const a = { run: run.run, model: run.model, step: 80 };
  await act(() => render(<accuracy.Shown model={run} a={a} />, root));
}

afterEach(async () => {
  await act(() => render(null, root));
  forget();
  vi.unstubAllGlobals();
});

const items = () => [...root.querySelectorAll("li")].map(({ textContent }) => textContent);

it("a view says what it needs, asks for it, and follows its options", async () => {
  await show({});
  expect(root.textContent).toContain("No class metrics are recorded");
  await act(() => render(null, root));
  await show({ class_metrics: [0, 80] });
  await vi.waitFor(() => expect(items()).toEqual(["step 80: 85 %", "step 0: 25 %"]));
  await act(() => options.choose({ newestFirst: false }));
  expect(items()).toEqual(["step 0: 25 %", "step 80: 85 %"]);
});

it("the view is the one of the tour", () => {
  const code = /```tsx\n([\s\S]*?)```/.exec(tour)?.[1] ?? "";
  const definition = code.slice(code.indexOf("const options")).replace("export ", "").trim();
  expect(definition).not.toBe("");
  expect(own).toContain(definition);
});
