import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Explained } from "./Explained";
import { Explanations } from "./Explanations";

let root: HTMLElement;

beforeEach(async () => {
  vi.useFakeTimers();
  root = document.createElement("div");
  document.body.append(root);
  const page = (
    <>
      <button type="button" title="what the button does">
        do
      </button>
      <Explained text="what lift is">lift</Explained>
      <label title="what is chosen">
        <select />
      </label>
      <Explanations />
    </>
  );
  await act(() => render(page, root));
});

afterEach(async () => {
  await act(() => render(null, root));
  root.remove();
  vi.useRealTimers();
});

const find = (selector: string): HTMLElement => {
  const found = root.querySelector<HTMLElement>(selector);
  if (!found) throw new Error(`nothing fits ${selector}`);
  return found;
};
const text = () => root.querySelector(".explanation")?.textContent ?? null;
const touch = (selector: string, type: string) =>
  act(() => {
    const event = new PointerEvent(type, { bubbles: true, pointerType: "touch" });
    find(selector).dispatchEvent(event);
  });
const wait = (time: number) =>
  act(() => {
    vi.advanceTimersByTime(time);
  });

describe("an explanation", () => {
  it.each([
    ["button", "what the button does"],
    [".explained", "what lift is"],
    ["select", "what is chosen"],
  ])("of a %s shows while the keyboard is at it", async (selector, words) => {
    vi.spyOn(HTMLElement.prototype, "matches").mockReturnValue(true);
    await act(() => find(selector).focus());
    expect(text()).toBe(words);
    await act(() => {
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    });
    expect(text()).toBeNull();
    vi.restoreAllMocks();
  });

  it("shows at a tap on what is no control, and goes with the next", async () => {
    await touch(".explained", "pointerdown");
    await wait(1);
    expect(text()).toBe("what lift is");
    await touch("button", "pointerdown");
    expect(text()).toBeNull();
  });

  it("shows while a finger rests on a control, not when it taps it", async () => {
    await touch("button", "pointerdown");
    await touch("button", "pointerup");
    await wait(1000);
    expect(text()).toBeNull();
    await touch("button", "pointerdown");
    await wait(1000);
    expect(text()).toBe("what the button does");
  });
});
