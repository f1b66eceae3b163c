import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, it } from "vitest";
import { enableShortcuts, useShortcuts } from "./shortcuts";

let root: HTMLElement;
const pressed: string[] = [];

function Listening() {
  useShortcuts({ p: () => pressed.push("p"), Escape: () => pressed.push("Escape") });
  return <input />;
}

const press = (key: string, target: EventTarget = document.body) =>
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));

beforeEach(async () => {
  pressed.length = 0;
  root = document.createElement("div");
  document.body.append(root);
  await act(() => render(<Listening />, root));
});

afterEach(async () => {
  enableShortcuts(true);
  await act(() => render(null, root));
  root.remove();
});

it("keys act wherever they are pressed, but not while something is typed", () => {
  press("p");
  press("p", root.querySelector("input") ?? root);
  expect(pressed).toEqual(["p"]);
});

it("keys of a single character can be switched off, for good; the others stay", () => {
  enableShortcuts(false);
  press("p");
  press("Escape");
  expect(pressed).toEqual(["Escape"]);
  expect(localStorage.getItem("neural.shortcuts")).toBe("false");
});
