import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Model } from "../../api/schema";
import { index, model } from "../../model/samples";
import * as state from "../../state/store";
import { nameUnit, unitName } from "../../state/unitNames";
import { NameField } from "./NameField";

const unit = { layer: "features.3", unit: 2 };
let root: HTMLElement;
let run: Model;

beforeEach(async () => {
  localStorage.clear();
  root = document.createElement("div");
  document.body.append(root);
  run = model({ run: `named ${Math.random()}`, probe: null });
  state.selection.value = null;
  state.receive(index(run));
  nameUnit(run, { layer: "classifier.1", unit: 7 }, "wheel");
  await act(() => render(<NameField unit={unit} model={run} />, root));
});

afterEach(async () => {
  await act(() => render(null, root));
  root.remove();
});

const field = () => root.querySelector<HTMLInputElement>("input[type=text]");
const type = (text: string, key: string) =>
  act(() => {
    const input = field();
    if (input) input.value = text;
    input?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  });
const press = (name: string) =>
  act(() => {
    [...root.querySelectorAll("button")]
      .find(({ textContent }) => textContent?.includes(name))
      ?.click();
  });

describe("the name of a unit", () => {
  it("is given with Enter, taken back with Escape, and removed by emptying it", async () => {
    await type("  fur ", "Enter");
    expect(unitName(run, unit)).toBe("fur");
    expect(field()?.value).toBe("fur");
    await type("fu", "Escape");
    expect(field()?.value).toBe("fur");
    expect(unitName(run, unit)).toBe("fur");
    await type("", "Enter");
    expect(unitName(run, unit)).toBeNull();
  });

  it("stands in the list of names, which is searched and opens units", async () => {
    await type("fur", "Enter");
    await press("2 names");
    const search = root.querySelector<HTMLInputElement>("input[type=search]");
    const listed = () =>
      [...root.querySelectorAll(".named-unit bdi")].map((name) => name.textContent);
    expect(listed()).toEqual(["fur", "wheel"]);
    await act(() => {
      if (search) search.value = "classifier";
      search?.dispatchEvent(new Event("input", { bubbles: true }));
    });
    expect(listed()).toEqual(["wheel"]);
    await press("wheel");
    expect(state.unit.value).toEqual({ layer: "classifier.1", unit: 7 });
  });

  it("comes in from a file, which is told to be wrong where it is", async () => {
    await press("1 name");
    const choose = async (text: string) => {
      const input = root.querySelector<HTMLInputElement>("input[type=file]");
      if (!input) throw new Error("no field for files");
      Object.defineProperty(input, "files", {
        value: [new File([text], "names.json")],
        configurable: true,
      });
      await act(async () => {
        input.dispatchEvent(new Event("change", { bubbles: true }));
        await vi.waitFor(() => expect(input.value).toBe(""));
      });
    };
    await choose('{"features.3": {"2": 5}}');
    await vi.waitFor(() =>
      expect(root.querySelector("[role=alert]")?.textContent).toContain("unit 2: a name is a text"),
    );
    await choose('{"features.3": {"2": "snout", "99": "nothing"}}');
    await vi.waitFor(() => expect(unitName(run, unit)).toBe("snout"));
    await vi.waitFor(() => expect(root.querySelector("[role=alert]")).toBeNull());
    expect(state.status.value).toBe("1 name imported, 1 skipped: no such units");
  });
});
