import { download, fileName, filesOf, type Savable } from "../plot/saving";
import { isWaiting } from "../state/answers";
import * as state from "../state/store";
import type { Format } from "../ui/Exports";

/** What is being asked for or laid out. */
const BUSY = "[aria-busy=true], .is-loading";
/** Frames without anything under way: what came with one answer may ask for the next. */
const CALM = 3;
/** After so many frames it is said that the file waits. */
const PATIENCE = 20;

/** Subsets that a file's name says. */
const SAID = 3;

/** What a file shows, of whom, of which run, at which step; and the same of B. */
function nameOf({ name, subject }: Savable, part: string, format: Format): string {
  const shown = [...new Set(state.subjects.peek().map((one) => one.name))];
  const more = shown.length > SAID ? [`+${shown.length - SAID}`] : [];
  const subjects = subject === undefined ? [...shown.slice(0, SAID), ...more] : [subject];
  const moments = [state.a.peek(), state.momentB.peek()].flatMap((moment, at) =>
    moment ? [...(at ? ["vs"] : []), moment.run, `step-${moment.step}`] : [],
  );
  return fileName([name, part, ...subjects, ...moments], format.toLowerCase());
}

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
    for (const { part, blob } of await filesOf(format, savable, element))
      download(nameOf(savable, part, format), blob);
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
