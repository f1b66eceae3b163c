import { render } from "preact";
import { act } from "preact/test-utils";
import { expect, it } from "vitest";
import type { Metrics } from "../api/types";
import { model } from "../model/samples";
import { Subsets } from "./Subsets";

/** As many classes and records as once were too many for the arguments of a call. */
const [CLASSES, RECORDS] = [1000, 150];

function metrics(): Metrics {
  const rows = Array.from({ length: CLASSES }, (_, place) => `class:${place}`);
  const steps = Array.from({ length: RECORDS }, (_, record) => record);
  const shape = [RECORDS, CLASSES];
  const counts = { data: new Uint32Array(CLASSES * RECORDS).fill(10), shape };
  const floats = { data: new Float32Array(CLASSES * RECORDS).fill(5), shape };
  const none = { data: new Uint8Array(), shape: [0, 0] };
  const arrays = {
    inputs: counts,
    correct: counts,
    predicted: counts,
    absolute_error: floats,
    squared_error: floats,
    confusion: none,
    probability: none,
  };
  const totals = steps.map(() => 10 * CLASSES);
  return {
    arrays,
    meta: { steps, rows, total: totals, unlabelled: totals, step: RECORDS - 1, mode: "eval" },
  };
}

it.each(["multiclass", "regression"] as const)(
  "scores of 1,000 classes at 150 records of a %s model are listed",
  async (task) => {
    const root = document.createElement("div");
    const found = metrics();
    const run = model({ task, subsets: found.meta.rows, probe: null });
    await act(() =>
      render(
        <Subsets
          model={run}
          step={RECORDS - 1}
          shown={[]}
          onlyInA={new Set()}
          metrics={found}
          onToggle={() => {}}
        />,
        root,
      ),
    );
    const score = root.querySelector(".subset .number")?.textContent;
    expect(score).toBe(task === "regression" ? "0.50" : "1.0");
  },
);
