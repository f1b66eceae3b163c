import type { Column } from "../../plot/columns";
import { DataTable } from "../../plot/DataTable";
import * as state from "../../state/store";
import { Scrolling } from "../../ui/Scrolling";
import { described, sideTitle } from "./describe";
import { columnsOf, type PlacedRow, rowsOf } from "./drawn";
import type { Playhead } from "./playhead";
import type { SideFacts } from "./scene";

interface Props {
  readonly sides: readonly SideFacts[];
  readonly playhead: Playhead;
  /** Where the playhead is, in words. */
  readonly layer: string;
  readonly chosen: ReadonlySet<number>;
}

/** Rows that are listed; the CSV has all. */
const LISTED = 300;

/** The same as the picture in rows and columns. */
export function PlaceTable({ sides, playhead, layer, chosen }: Props) {
  const columns = columnsOf(playhead, chosen).map(
    (column): Column<PlacedRow> =>
      column.name === "selected"
        ? { ...column, show: (row) => <Selected row={row} isChosen={chosen.has(row.instance)} /> }
        : column,
  );
  return (
    <Scrolling class="data-tables" label="Maps as tables">
      {sides.map((side) => {
        const rows = rowsOf(side, playhead);
        return (
          <DataTable
            key={side.place}
            columns={columns}
            rows={rows}
            most={LISTED}
            caption={
              <>
                <bdi>{sideTitle(side)}</bdi> · {layer} · {rows.length.toLocaleString("en")}{" "}
                instances
                {rows.length > LISTED && `, the first ${LISTED}; the CSV has all`}
              </>
            }
          />
        );
      })}
    </Scrolling>
  );
}

/** Whether it is chosen in all views. */
function Selected({ row, isChosen }: { readonly row: PlacedRow; readonly isChosen: boolean }) {
  return (
    <input
      type="checkbox"
      aria-label={`Select ${described(row.instance, row.side.facts).name}`}
      checked={isChosen}
      onChange={() => state.toggleInstance(row.instance)}
    />
  );
}
