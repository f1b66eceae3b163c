import { render } from "preact";
import { act } from "preact/test-utils";
import { expect, it } from "vitest";
import { PairCard, type Side } from "./PairCard";

const side = (layers: Side["layers"]): Side => ({
  name: "image 3",
  note: "",
  colour: "red",
  picture: null,
  verdict: { name: "cat", probability: 0.9 },
  truth: "cat",
  layers,
  maxSoftmax: 0.9,
});

it("a pair says why a layer has no distance, once for all layers", async () => {
  const root = document.createElement("div");
  const reason = "no class distributions at step 100";
  const layers = ["conv", "fc"].map((name) => ({ name, predicted: null, label: null, reason }));
  const known = { tail: 0, surprisal: 1, robustZ: 1, inputs: 9, seen: 0 };
  const fine = { name: "logits", predicted: known, label: null, reason: null };
  await act(() =>
    render(
      <PairCard
        benign={side([...layers, fine])}
        attacked={side([...layers, fine])}
        lossless={true}
        shown={[]}
        problem={null}
        startsOpen={true}
      />,
      root,
    ),
  );
  const notes = [...root.querySelectorAll(".note")].map(({ textContent }) => textContent);
  expect(notes).toEqual(["conv, fc: no class distributions at step 100"]);
});

it.each([
  [null, true],
  [0, false],
  [1, false],
])(
  "a pair says that its inputs may be of the classes when that is not known: %s",
  async (seen, says) => {
    const root = document.createElement("div");
    const known = { tail: 0, surprisal: 1, robustZ: 1, inputs: 9, seen };
    const layers = [{ name: "logits", predicted: known, label: null, reason: null }];
    await act(() =>
      render(
        <PairCard
          benign={side(layers)}
          attacked={side(layers)}
          lossless={true}
          shown={[]}
          problem={null}
          startsOpen={true}
        />,
        root,
      ),
    );
    expect(root.textContent?.includes("more typical than it is")).toBe(says);
  },
);
