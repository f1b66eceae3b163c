import { useEffect, useRef } from "preact/hooks";
import { enableShortcuts, shortcutsEnabled } from "../ui/shortcuts";
import { Check } from "../ui/tools";

type Keys = readonly (readonly [keys: string, effect: string])[];

interface Props {
  readonly open: boolean;
  /** Of the views, besides those of the page. */
  readonly keys: Keys;
  readonly onClose: () => void;
}

const KEYS: Keys = [
  [", and .", "previous and next record of moment A"],
  ["Home, End", "first and last record, on the slider"],
  ["P", "play through the records, or pause"],
  ["L", "copy a link to this picture"],
  ["?", "this help"],
  ["Escape", "close what was opened last"],
  ["Tab", "move between controls; a list is one of them"],
  ["↑ ↓ ← →", "move within a list; so do Home, End and Page keys; Space or Enter chooses"],
  ["+ − 0", "in a graph or a map: closer, farther, the whole of it"],
];

/** What the keyboard does, and how to read the page. */
export function Help({ open, keys, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={onClose}>
      <h2 id="help-title">Keyboard and signs</h2>
      <dl>
        {[...KEYS, ...keys].map(([key, effect]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{effect}</dd>
          </div>
        ))}
      </dl>
      <Check
        label="keys of a single character, such as P"
        checked={shortcutsEnabled()}
        onChange={enableShortcuts}
      />
      <p>
        Colour says <b>of what</b>: a class or another subset of the inputs. Place and texture say{" "}
        <b>where and when</b>: moment A stands above and is filled, moment B stands below and is
        hatched. Red is the first attacked instance shown, black (white in the dark) the first
        benign one.
      </p>
      <p>
        At the last record, A follows the run while it trains. <b>few</b> marks fewer than 20
        inputs; what cannot be told from noise is grey.
      </p>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
