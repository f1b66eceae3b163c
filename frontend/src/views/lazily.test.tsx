import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, expect, it, vi } from "vitest";
import { lazily } from "./lazily";

const Named = ({ name }: { readonly name: string }) => <p>{name}</p>;
const page = document.createElement("div");

afterEach(() => act(() => render(null, page)));

it("asks for a view's module once, and when it is first shown", async () => {
  const load = vi.fn(async () => Named);
  const Shown = lazily(load);
  expect(load).not.toHaveBeenCalled();
  act(() => render(<Shown name="first" />, page));
  expect(page.textContent).toBe("Loading…");
  await act(async () => {});
  expect(page.textContent).toBe("first");
  act(() => render(null, page));
  act(() => render(<Shown name="second" />, page));
  expect(page.textContent).toBe("second");
  expect(load).toHaveBeenCalledTimes(1);
});

it("says that the module did not come, and asks for it again", async () => {
  const load = vi.fn(async () => Named).mockRejectedValueOnce(new TypeError("404"));
  const Shown = lazily(load);
  act(() => render(<Shown name="late" />, page));
  await act(async () => {});
  expect(page.querySelector("[role=alert]")?.textContent).toContain("could not be loaded");
  act(() => page.querySelector("button")?.click());
  await act(async () => {});
  expect(page.textContent).toBe("late");
});
