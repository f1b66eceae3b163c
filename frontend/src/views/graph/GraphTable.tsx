import { short } from "../../model/format";
import type { Cell, Table } from "../../plot/csv";
import * as state from "../../state/store";
import type { Layout } from "./layout";
import { type Scene, unitOf } from "./scene";
import type { GraphedSubject } from "./subjects";
import { edgeTable, nodeTable, orderedNodes } from "./tables";

interface Props {
  readonly scene: Scene;
  readonly layout: Layout;
  readonly subjects: readonly GraphedSubject[];
}

/** The same as the picture in rows and columns. */
export function GraphTable({ scene, layout, subjects }: Props) {
  const nodes = orderedNodes(scene, layout);
  const open = (row: number) => {
    const node = nodes[row];
    const unit = node && unitOf(node);
    if (unit) state.choose({ unit });
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section class="graph-tables" tabIndex={0} aria-label="Graph as tables">
      <Sheet
        caption={`${nodes.length} units`}
        table={nodeTable(scene, layout, subjects, nameOnly)}
        numbered={1}
        onOpen={open}
      />
      <Sheet caption={`${scene.edges.length} edges`} table={edgeTable(scene, subjects, nameOnly)} />
    </section>
  );
}

interface SheetProps {
  readonly caption: string;
  readonly table: Table;
  /** The column whose cell opens the row's unit. */
  readonly numbered?: number;
  readonly onOpen?: (row: number) => void;
}

function Sheet({ caption, table, numbered, onOpen }: SheetProps) {
  return (
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          {table.head.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {table.rows.map((cells, row) => (
          <tr key={row}>
            {cells.map((cell, column) => (
              <td key={column} class={typeof cell === "number" ? "number" : ""}>
                {column === numbered ? (
                  <button type="button" class="plain" onClick={() => onOpen?.(row)}>
                    {cell}
                  </button>
                ) : (
                  <bdi>{cellText(cell)}</bdi>
                )}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const nameOnly = ({ name }: GraphedSubject): string => name;

const cellText = (cell: Cell): string => (typeof cell === "number" ? short(cell) : cell);
