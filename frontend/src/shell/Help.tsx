import { useEffect, useRef } from "preact/hooks";
import { TERMS } from "../model/glossary";
import { STATISTICS, type StatisticId } from "../model/statistics";
import { StatText } from "../ui/Stat";
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
  [", and .", "Previous and next record of A"],
  ["Home, End", "First and last record, on the slider"],
  ["P", "Play through the records, or pause"],
  ["L", "Copy a link to this page"],
  ["?", "Open this help"],
  ["Escape", "Close what was opened last"],
  ["Tab", "Move between controls; a list is one control"],
  ["↑ ↓ ← →", "Move within a list, as Home, End and the Page keys do; Space or Enter selects"],
  ["+ − 0", "In a graph or a map: zoom in, zoom out, fit"],
];

const IDS = Object.keys(STATISTICS) as StatisticId[];

/** How to read the page, what the keyboard does, the words and the statistics. */
export function Help({ open, keys, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={onClose}>
      <h2 id="help-title">Help</h2>
      <p>
        Colour says <b>of what</b>: a class or another subset of the inputs. Position and texture
        say <b>where and when</b>: snapshot A is above or left and filled, snapshot B below or right
        and hatched. Red is the first attacked instance selected, black (white in the dark) the
        first benign one. Grey is what cannot be told from noise; <b>few</b> marks fewer than 20
        inputs. At the last record, A follows the run while it trains.
      </p>
      <details open>
        <summary>Keyboard</summary>
        <dl class="help-keys">
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
          label="Single-character shortcuts, such as P"
          checked={shortcutsEnabled()}
          onChange={enableShortcuts}
        />
      </details>
      <details>
        <summary>Glossary</summary>
        <dl>
          {TERMS.map(({ word, meaning }) => (
            <div key={word}>
              <dt>{word}</dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </details>
      <details>
        <summary>Statistics</summary>
        {IDS.map((id) => (
          <StatText key={id} of={id} />
        ))}
      </details>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
