import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { model } from "../model/samples";
import { Layers } from "../rail/Layers";
import { VirtualList } from "./VirtualList";

let root: HTMLElement;

beforeEach(() => {
  root = document.createElement("div");
  document.body.append(root);
});

afterEach(async () => {
  await act(() => render(null, root));
  root.remove();
});

const stops = () =>
  [...root.querySelectorAll<HTMLElement>("ul button, ul input, summary")]
    .filter(({ tabIndex }) => tabIndex === 0)
    .map(nameOf);
const nameOf = (element: Element | null) =>
  element?.closest("label")?.textContent || element?.textContent || element?.ariaLabel || "";
const focused = () => nameOf(document.activeElement);
const press = (key: string) =>
  act(() => {
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    document.activeElement?.dispatchEvent(event);
  });

describe("a list of which only the rows in sight exist", () => {
  const show = (count: number, of = "all") =>
    act(() =>
      render(
        <VirtualList
          count={count}
          rowHeight={20}
          maxHeight={100}
          label="things"
          of={of}
          row={(index) => (
            <>
              <button type="button">{`a ${index}`}</button>
              <button type="button">{`b ${index}`}</button>
            </>
          )}
        />,
        root,
      ),
    );

  it("is one tab stop, however long it is", async () => {
    await show(1000);
    expect(root.querySelectorAll("li").length).toBeLessThan(20);
    expect(stops()).toEqual(["a 0"]);
  });

  it("is walked through by keys, beyond the rows that exist", async () => {
    await show(1000);
    root.querySelector("button")?.focus();
    const walk: [string, string][] = [
      ["ArrowDown", "a 1"],
      ["ArrowRight", "b 1"],
      ["ArrowRight", "b 1"],
      ["ArrowDown", "b 2"],
      ["PageDown", "b 6"],
      ["End", "b 999"],
      ["ArrowDown", "b 999"],
      ["ArrowUp", "b 998"],
      ["ArrowLeft", "a 998"],
      ["PageUp", "a 994"],
      ["Home", "a 0"],
      ["ArrowUp", "a 0"],
    ];
    for (const [key, name] of walk) {
      await press(key);
      expect([key, focused()]).toEqual([key, name]);
      expect(stops()).toEqual([name]);
    }
  });

  it("keeps its tab stop while it is scrolled away, and starts anew with other rows", async () => {
    await show(1000);
    root.querySelector("button")?.focus();
    await press("ArrowDown");
    const list = root.querySelector(".virtual-list");
    await act(() => {
      if (list) list.scrollTop = 10_000;
      list?.dispatchEvent(new Event("scroll"));
    });
    expect([focused(), ...stops()]).toEqual(["a 1", "a 1"]);
    await show(3, "searched");
    expect(stops()).toEqual(["a 0"]);
  });
});

describe("the list of layers", () => {
  const toggled: string[] = [];
  const show = (names: readonly string[]) =>
    act(() =>
      render(
        <Layers
          layers={names.map((name) => ({
            name,
            type: "ReLU",
            units: 4,
            reduction: "max",
            output: false,
          }))}
          shown={names.slice(0, 1)}
          differences={null}
          failure={null}
          onToggle={(name) => toggled.push(name)}
          onOnly={() => {}}
        />,
        root,
      ),
    );

  it("is one tab stop, and Enter chooses", async () => {
    await show(model().layers.map(({ name }) => name));
    expect(stops()).toEqual(["features.3"]);
    root.querySelector<HTMLElement>("ul input")?.focus();
    await press("ArrowDown");
    await press("Enter");
    expect(toggled).toEqual(["classifier.1"]);
    await press("End");
    expect(focused()).toBe("classifier.6");
    expect(stops()).toEqual(["classifier.6"]);
  });

  it("in blocks is one tab stop, that passes over the layers of folded blocks", async () => {
    const names = ["stem", "block", "head"].flatMap((block) =>
      Array.from({ length: 12 }, (_, index) => `${block}.${index}`),
    );
    await show(names);
    const summaries = [...root.querySelectorAll("summary")];
    expect(stops()).toHaveLength(1);
    summaries[0]?.focus();
    await press("ArrowDown");
    expect(focused()).toBe("stem.0");
    await press("End");
    expect(document.activeElement).toBe(summaries.at(-1));
    await press("ArrowUp");
    expect(document.activeElement).toBe(summaries.at(-2));
  });
});
