import { render } from "preact";
import { useRef } from "preact/hooks";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useGestures, zoomKey } from "./useGestures";

const told = { zoom: vi.fn(), pan: vi.fn(), tap: vi.fn(), drag: vi.fn() };

function Stage({ takes = false }: { readonly takes?: boolean }) {
  const element = useRef<HTMLDivElement>(null);
  const gestures = useGestures(element, { ...told, takes: () => takes });
  return <div ref={element} {...gestures} />;
}

async function stage(takes = false) {
  await act(() => render(<Stage takes={takes} />, root));
  const element = root.firstElementChild as HTMLElement;
  element.setPointerCapture = vi.fn();
  const tell = (type: string) => (pointerId: number, clientX: number, clientY: number) =>
    element.dispatchEvent(
      new PointerEvent(type, { pointerId, clientX, clientY, button: 0, buttons: 1, bubbles: true }),
    );
  return {
    down: tell("pointerdown"),
    move: tell("pointermove"),
    up: tell("pointerup"),
    cancel: tell("pointercancel"),
    turn: (deltaY: number) =>
      element.dispatchEvent(
        Object.assign(new WheelEvent("wheel", { deltaY }), { clientX: 30, clientY: 20 }),
      ),
  };
}

let root: HTMLElement;

beforeEach(() => {
  root = document.createElement("div");
  document.body.append(root);
  for (const one of Object.values(told)) one.mockReset();
});

afterEach(async () => {
  await act(() => render(null, root));
  root.remove();
});

test("a press that hardly moves is a tap, one that moves is a drag of the picture", async () => {
  const { down, move, up } = await stage();
  down(1, 10, 10);
  move(1, 12, 11);
  up(1, 12, 11);
  expect(told.tap).toHaveBeenCalledOnce();
  expect(told.pan).not.toHaveBeenCalled();
  down(1, 10, 10);
  move(1, 20, 15);
  move(1, 25, 10);
  up(1, 25, 10);
  expect(told.pan.mock.calls).toEqual([[{ x: 10, y: 5 }], [{ x: 5, y: -5 }]]);
  expect(told.tap).toHaveBeenCalledOnce();
});

test("two fingers that part zoom about the middle between them", async () => {
  const { down, move } = await stage();
  down(1, 0, 0);
  down(2, 100, 0);
  move(2, 200, 0);
  const [factor, at] = told.zoom.mock.calls[0] ?? [];
  expect(factor).toBeCloseTo(2);
  expect(at).toEqual({ x: 100, y: 0 });
  expect(told.pan).toHaveBeenCalledWith({ x: 50, y: 0 });
});

test("the wheel zooms where it is turned", async () => {
  (await stage()).turn(-100);
  const [factor, at] = told.zoom.mock.calls[0] ?? [];
  expect(factor).toBeCloseTo(Math.exp(0.2));
  expect(at).toEqual({ x: 30, y: 20 });
});

test("a drag that is taken moves nothing, and is given up with its pointer", async () => {
  const { down, move, cancel } = await stage(true);
  down(1, 0, 0);
  move(1, 20, 0);
  expect(told.drag.mock.lastCall?.[0]).toMatchObject({ to: { x: 20, y: 0 }, isOver: false });
  cancel(1, 0, 0);
  expect(told.drag.mock.lastCall).toEqual([null]);
  expect(told.pan).not.toHaveBeenCalled();
});

test("plus, minus and zero zoom, names of other things do not", () => {
  expect(["+", "=", "-", "0", "a", "toString"].map(zoomKey)).toEqual([
    "in",
    "in",
    "out",
    "fit",
    null,
    null,
  ]);
});
