import { download, fileOf, type Savable } from "../plot/saving";
import * as state from "../state/store";
import type { Format } from "../ui/Exports";

/** Save in a format; where that fails the page says so. */
export function save(format: Format, savable: Savable, element: Element): void {
  fileOf(format, savable, element).then(
    (blob) => download(`${savable.name}.${format.toLowerCase()}`, blob),
    (error: unknown) => {
      state.status.value = `The ${format} could not be made: ${error}`;
    },
  );
}
