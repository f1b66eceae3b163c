import { download, fileOf, type Savable } from "../plot/saving";
import { isWaiting } from "../state/answers";
import * as state from "../state/store";
import type { Format } from "../ui/Exports";

/** What is being asked for or laid out. */
const BUSY = "[aria-busy=true], .is-loading";
/** Frames without anything under way: what came with one answer may ask for the next. */
const CALM = 3;
/** After so many frames it is said that the file waits. */
const PATIENCE = 20;

/** What is saved, and the element that shows it: as they are at that moment. */
export interface Shown {
  readonly savable: Savable;
  readonly element: Element;
}

/** Save in a format once all that is shown has come; where that fails the page says so. */
export async function save(format: Format, shown: () => Shown | null): Promise<void> {
  try {
    const complete = await whenComplete(format, shown);
    if (!complete) {
      state.status.value = `Nothing saved: what the ${format} was to show has gone`;
      return;
    }
    const { savable, element } = complete;
    download(`${savable.name}.${format.toLowerCase()}`, await fileOf(format, savable, element));
    const failed = element.querySelector(".is-failed strong")?.textContent;
    if (failed) state.status.value = `Saved without a part: ${failed}`;
  } catch (error) {
    state.status.value = `The ${format} could not be saved: ${error}`;
  }
}

/** What is shown, as soon as nothing of it is under way; null if it goes away before. */
async function whenComplete(format: Format, shown: () => Shown | null): Promise<Shown | null> {
  for (let calm = 0, frames = 1; ; frames++) {
    await new Promise(requestAnimationFrame);
    const now = shown();
    if (!now) return null;
    calm = isWaiting() || now.element.querySelector(BUSY) ? 0 : calm + 1;
    if (calm === CALM) return now;
    if (frames === PATIENCE)
      state.status.value = `The ${format} is saved as soon as everything has loaded`;
  }
}
