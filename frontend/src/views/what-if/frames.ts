/** Where the frames of a strip lie, and what is true at each. */

import type { Strip, StripFrame } from "../../api/types";
import { recordOf } from "../../plot/paths";

/**
 * Pixel of a step under a row of pictures `cell` wide: a frame's step lies under the middle of its picture, the
 * steps between two frames evenly between them.
 */
export function placeOf(frames: readonly StripFrame[], cell: number, step: number): number {
  const steps = frames.map((frame) => frame.step);
  return (recordOf(steps, step) + 0.5) * cell;
}

/** The frame whose picture lies over a pixel. */
export function frameAt(frames: readonly StripFrame[], cell: number, pixel: number): number {
  return Math.max(0, Math.min(frames.length - 1, Math.floor(pixel / cell)));
}

/** The first frame that is predicted as the target, before which the flip is marked; null without a flip. */
export function flipFrame({ flip, frames }: Pick<Strip, "flip" | "frames">): number | null {
  const found = flip < 0 ? -1 : frames.findIndex(({ step }) => step >= flip);
  return found < 0 ? null : found;
}

/** The frame that was asked for; else that of the flip, or the last where nothing flips on the way. */
export function chosenFrame(strip: Pick<Strip, "flip" | "frames">, wanted: number | null): number {
  const last = strip.frames.length - 1;
  return Math.max(0, Math.min(last, wanted ?? (flipFrame(strip) || last)));
}

export interface Readout {
  readonly step: number;
  readonly prediction: number;
  readonly factor: number;
  readonly l2: number;
  readonly linf: number;
  readonly effect: number;
  readonly controlEffect: number;
  /** A number a class of the strip. */
  readonly probability: readonly number[];
  readonly controlProbability: readonly number[];
}

/** What is known of a frame; numbers that are not are NaN. */
export function readoutOf({ frames, curve }: Strip, frame: number): Readout {
  const { step = 0, prediction = -1, factor = Number.NaN } = frames[frame] ?? {};
  const at = (values: readonly number[]) => values[step] ?? Number.NaN;
  return {
    step,
    prediction,
    factor,
    l2: at(curve.l2),
    linf: at(curve.linf),
    effect: at(curve.effect),
    controlEffect: at(curve.controlEffect),
    probability: curve.probability.map(at),
    controlProbability: curve.controlProbability.map(at),
  };
}

/** A frame of one of several strips. */
export interface FramePlace {
  /** Id of the strip. */
  readonly id: string;
  readonly frame: number;
}
