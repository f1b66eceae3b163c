import { useEffect, useRef } from "preact/hooks";

interface Props {
  readonly open: boolean;
  readonly onClose: () => void;
}

const KEYS: readonly (readonly [string, string])[] = [
  [", and .", "previous and next record of moment A"],
  ["Home, End", "first and last record, on the slider"],
  ["P", "play through the records, or pause"],
  ["L", "copy a link to this picture"],
  ["?", "this help"],
  ["Escape", "close what was opened last"],
  ["Tab", "move between controls; a list is one of them"],
  ["↑ ↓ ← →", "move within a list; so do Home, End and Page keys; Space or Enter chooses"],
  ["↑ ↓ ← → on the map", "move from class to class; Enter chooses one, + and − zoom, 0 shows all"],
  ["↑ ↓ in a panel", "move between units; Space marks one, Enter opens it"],
  ["arrows in a graph", "← → within a row, ↑ ↓ along the strongest edge; Enter opens the unit"],
  ["arrows in Architecture", "to the nearest node; Enter opens a block or shows a layer"],
  ["Shift ← →", "in a graph: the unit's next feature visualisation"],
  ["+ − 0", "in a graph or a map: closer, farther, the whole of it"],
  ["arrows on a map", "in Projections: ← → layer, ↑ ↓ step; Space plays along the layers"],
  ["Shift + arrows", "in Projections: from point to point; Enter chooses, with Shift adds"],
  ["Shift + drag", "in Projections: choose what is drawn around, besides what is chosen"],
  ["← → on a strip", "from frame to frame; so does the slider under it"],
];

/** What the keyboard does, and how to read the page. */
export function Help({ open, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={onClose}>
      <h2 id="help-title">Keyboard and signs</h2>
      <dl>
        {KEYS.map(([key, effect]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{effect}</dd>
          </div>
        ))}
      </dl>
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
