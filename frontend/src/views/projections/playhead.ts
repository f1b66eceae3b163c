/** Where the picture is along the layers and the steps, at rest, on its way, and while it plays. */

import { still } from "../../stage/motion";
import { LEG, legsAt, placeAfter, stopAfter } from "./playing";

export type Track = "layers" | "steps";

/** Milliseconds that a way to another stop takes. */
const GLIDE = 400;

interface Glide {
  readonly from: number;
  readonly to: number;
  readonly since: number;
  readonly lasts: number;
}

/** Told of what happens; `painted` each frame, the others when they change. */
export interface Listener {
  readonly painted: () => void;
  /** Maps of the steps at these two places are needed. */
  readonly spanned: (from: number, to: number) => void;
  /** It has come to rest, or passes a step. */
  readonly rested: () => void;
  readonly played: (track: Track | null) => void;
}

export class Playhead {
  /** Place along the layers. */
  layer = 0;
  /** Positions of two steps, and how far it is from the first to the second. */
  from = 0;
  to = 0;
  t = 0;
  lastLayer = 0;
  lastStep = 0;
  loops = true;
  speed = 1;
  playing: Track | null = null;
  private ready: readonly [number, number] = [-1, -1];
  private layerGlide: Glide | null = null;
  private stepGlide: Glide | null = null;
  private legs = 0;
  private before = 0;
  private frame = 0;
  private awake = true;
  private movedAt = 0;

  constructor(private readonly listener: Listener) {}

  /** Place along the steps. */
  get step(): number {
    return this.from + (this.to - this.from) * this.t;
  }

  /** Where it is or glides to, along the layers and along the steps. */
  get layerGoal(): number {
    return this.layerGlide?.to ?? this.layer;
  }

  get stepGoal(): number {
    if (!this.stepGlide) return this.step;
    return this.stepGlide.to === 1 ? this.to : this.from;
  }

  get moving(): boolean {
    return this.playing !== null || this.layerGlide !== null || this.stepGlide !== null;
  }

  /** Be somewhere at once. */
  place(layer: number, step: number): void {
    this.layerGlide = null;
    this.layer = within(layer, this.lastLayer);
    this.slide(step);
  }

  /** Whether the maps of the steps that it is between are drawn. */
  get isReady(): boolean {
    return this.ready[0] === this.from && this.ready[1] === this.to;
  }

  /** The maps of two steps have come. */
  loaded(from: number, to: number): void {
    this.ready = [from, to];
    if (this.stepGlide) this.stepGlide = { ...this.stepGlide, since: performance.now() };
    this.request();
  }

  /** Follow a hand on the slider of layers. */
  slideLayer(layer: number): void {
    this.pause();
    this.layerGlide = null;
    this.layer = within(layer, this.lastLayer);
    this.request();
  }

  /** Follow a hand on the slider of steps. */
  slideStep(step: number): void {
    this.pause();
    this.slide(step);
    this.request();
  }

  /** Go to a layer. */
  goToLayer(layer: number): void {
    this.pause();
    const to = within(layer, this.lastLayer);
    const now = performance.now();
    this.layerGlide = still() ? null : { from: this.layer, to, since: now, lasts: GLIDE };
    if (still()) {
      this.layer = to;
      this.listener.rested();
    }
    this.request();
  }

  /** Go straight to a step, from wherever it is. */
  goToStep(step: number): void {
    const to = within(step, this.lastStep);
    if (to === this.stepGoal) return;
    const now = performance.now();
    const lasts = Math.min(GLIDE, now - this.movedAt);
    this.movedAt = now;
    if (still()) {
      this.slide(to);
      this.listener.rested();
    } else {
      if (to !== this.from && to !== this.to) this.span(Math.round(this.step), to, 0);
      this.stepGlide = { from: this.t, to: to === this.to ? 1 : 0, since: now, lasts };
    }
    this.request();
  }

  play(track: Track): void {
    const last = track === "layers" ? this.lastLayer : this.lastStep;
    if (last === 0) return;
    this.layerGlide = null;
    this.stepGlide = null;
    const place = track === "layers" ? this.layer : this.step;
    this.legs = place >= last && !this.loops ? 0 : legsAt(place);
    this.playing = track;
    this.before = performance.now();
    this.listener.played(track);
    this.request();
  }

  pause(): void {
    if (!this.playing) return;
    this.playing = null;
    this.listener.played(null);
    this.listener.rested();
  }

  /** Nothing moves while the page is out of sight. */
  wake(awake: boolean): void {
    this.awake = awake;
    this.before = performance.now();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (awake) this.request();
  }

  destroy(): void {
    this.wake(false);
  }

  /** Have a frame painted. */
  request(): void {
    if (this.awake && this.frame === 0) this.frame = requestAnimationFrame((now) => this.tick(now));
  }

  /** A frame. */
  tick(now: number): void {
    this.frame = 0;
    const was = this.moving;
    if (this.playing === "layers") this.playLayers(now);
    else if (this.playing === "steps") this.playSteps(now);
    this.before = now;
    if (this.layerGlide) {
      this.layer = glideAt(this.layerGlide, now);
      if (this.layer === this.layerGlide.to) this.layerGlide = null;
    }
    if (this.stepGlide && this.isReady) {
      this.t = glideAt(this.stepGlide, now);
      if (this.t === this.stepGlide.to) this.stepGlide = null;
    }
    this.listener.painted();
    if (this.moving) this.request();
    else if (was) this.listener.rested();
  }

  private playLayers(now: number): void {
    this.layer = this.advance(now, this.lastLayer);
  }

  private playSteps(now: number): void {
    if (!this.isReady) return;
    const before = Math.round(this.step);
    this.slide(this.advance(now, this.lastStep));
    if (Math.round(this.step) !== before) this.listener.rested();
  }

  /** The place after the time since the last frame; it pauses at the end where it does not loop. */
  private advance(now: number, last: number): number {
    this.legs += (Math.min(200, now - this.before) / LEG) * this.speed;
    if (!this.loops && this.legs >= last) {
      this.pause();
      return last;
    }
    return still() ? stopAfter(this.legs, last) : placeAfter(this.legs, last);
  }

  private slide(step: number): void {
    this.stepGlide = null;
    const place = within(step, this.lastStep);
    const between = this.to === this.from + 1 && place >= this.from && place <= this.to;
    const from = between ? this.from : Math.floor(place);
    this.span(from, between ? this.to : Math.ceil(place), place - from);
  }

  private span(from: number, to: number, t: number): void {
    const same = from === this.from && to === this.to;
    this.from = from;
    this.to = to;
    this.t = t;
    if (!same) this.listener.spanned(from, to);
  }
}

const within = (place: number, last: number): number => Math.min(last, Math.max(0, place));

function glideAt({ from, to, since, lasts }: Glide, now: number): number {
  const share = lasts > 0 ? Math.min(1, Math.max(0, (now - since) / lasts)) : 1;
  return share === 1 ? to : from + (to - from) * share * share * (3 - 2 * share);
}
