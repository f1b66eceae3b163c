/** Whether frames come too slowly while the picture moves. */

/** Milliseconds between frames, beyond which the plain canvas is worth a try. */
export const SLOW = 25;
/** Frames of one motion that are judged by. */
const FRAMES = 20;

export class Slowness {
  private readonly gaps: number[] = [];
  private before = Number.NaN;

  /** Take note of a frame; the median time between the last ones where that is too long, else null. */
  after(now: number, isMoving: boolean): number | null {
    const gap = now - this.before;
    this.before = isMoving ? now : Number.NaN;
    if (Number.isFinite(gap)) this.gaps.push(gap);
    if (this.gaps.length < FRAMES) return null;
    const median = this.gaps.toSorted((one, other) => one - other)[FRAMES / 2] ?? 0;
    this.gaps.length = 0;
    return median > SLOW ? median : null;
  }
}
