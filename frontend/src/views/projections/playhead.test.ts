import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Playhead } from "./playhead";
import { LEG } from "./playing";

let frames: FrameRequestCallback[] = [];
let now = 0;

/** Let frames of 20 ms pass. */
function pass(milliseconds: number): void {
  for (const end = now + milliseconds; now < end; ) {
    now += 20;
    const due = frames;
    frames = [];
    for (const frame of due) frame(now);
  }
}

let reduced = false;
const listener = {
  painted: vi.fn(),
  spanned: vi.fn(),
  rested: vi.fn(),
  played: vi.fn(),
};

function playhead(): Playhead {
  const made = new Playhead(listener);
  made.lastLayer = 3;
  made.lastStep = 5;
  made.loaded(0, 0);
  return made;
}

beforeEach(() => {
  [frames, now, reduced] = [[], 1000, false];
  vi.clearAllMocks();
  vi.stubGlobal("requestAnimationFrame", (frame: FrameRequestCallback) => frames.push(frame));
  vi.stubGlobal("cancelAnimationFrame", () => {
    frames = [];
  });
  vi.stubGlobal("matchMedia", () => ({ matches: reduced }));
  vi.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("the playhead", () => {
  it("glides to a layer, then rests and asks for no more frames", () => {
    const head = playhead();
    head.goToLayer(2);
    pass(200);
    expect(head.layer).toBeGreaterThan(0);
    expect(head.layer).toBeLessThan(2);
    pass(400);
    expect(head.layer).toBe(2);
    expect(listener.rested).toHaveBeenCalledOnce();
    expect(frames).toHaveLength(0);
  });

  it("tells where it has come without a glide too", () => {
    reduced = true;
    const head = playhead();
    head.goToLayer(2);
    expect(head.layer).toBe(2);
    expect(listener.rested).toHaveBeenCalledOnce();
    head.goToStep(4);
    expect(head.step).toBe(4);
    expect(listener.rested).toHaveBeenCalledTimes(2);
  });

  it("loops along the layers until it is paused, and stays there", () => {
    const head = playhead();
    head.play("layers");
    pass(3 * LEG);
    expect(head.layer).toBeCloseTo(3, 6);
    pass(2 * LEG);
    expect(head.layer).toBeCloseTo(1, 6);
    head.pause();
    const { layer } = head;
    pass(LEG);
    expect(head.layer).toBe(layer);
    expect(listener.played).toHaveBeenLastCalledWith(null);
  });

  it("ends at the last layer where it does not loop", () => {
    const head = playhead();
    head.loops = false;
    head.play("layers");
    pass(5 * LEG);
    expect(head.layer).toBe(3);
    expect(head.playing).toBeNull();
  });

  it("does nothing while out of sight, and goes on from there", () => {
    const head = playhead();
    head.play("layers");
    pass(LEG * 1.5);
    const { layer } = head;
    head.wake(false);
    const painted = listener.painted.mock.calls.length;
    pass(10 * LEG);
    expect(head.layer).toBe(layer);
    expect(listener.painted).toHaveBeenCalledTimes(painted);
    head.wake(true);
    pass(LEG / 2);
    expect(head.layer).toBeCloseTo(2, 1);
  });

  it("waits for the maps of the next step while it plays along the steps", () => {
    const head = playhead();
    head.play("steps");
    pass(2 * LEG);
    expect(listener.spanned).toHaveBeenLastCalledWith(0, 1);
    expect(head.step).toBeLessThan(0.1);
    head.loaded(0, 1);
    pass(LEG);
    expect(head.step).toBeGreaterThan(0.9);
  });

  it("goes straight to a far step, once its maps are there", () => {
    const head = playhead();
    head.goToStep(4);
    expect(listener.spanned).toHaveBeenLastCalledWith(0, 4);
    pass(1000);
    expect(head.t).toBe(0);
    head.loaded(0, 4);
    pass(200);
    expect(head.t).toBeGreaterThan(0);
    expect(head.t).toBeLessThan(1);
    pass(300);
    expect(head.step).toBe(4);
  });

  it("takes a second word for the same step as said already", () => {
    const head = playhead();
    head.goToStep(4);
    head.loaded(0, 4);
    pass(100);
    head.goToStep(4);
    pass(20);
    expect(head.stepGoal).toBe(4);
    expect(head.t).toBeLessThan(0.5);
  });

  it("is between two steps where the hand leaves it", () => {
    const head = playhead();
    head.slideStep(2.25);
    expect([head.from, head.to, head.t]).toEqual([2, 3, 0.25]);
    head.slideStep(3);
    expect([head.from, head.to, head.t]).toEqual([2, 3, 1]);
  });

  it("jumps where a person wants things to stand still", () => {
    reduced = true;
    const head = playhead();
    head.goToLayer(3);
    expect(head.layer).toBe(3);
    head.goToStep(5);
    expect(head.step).toBe(5);
    head.place(0, 0);
    head.play("layers");
    for (let frame = 0; frame < 200; frame++) {
      pass(20);
      expect(Number.isInteger(head.layer)).toBe(true);
    }
  });
});
