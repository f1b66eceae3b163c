import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { short } from "../model/format";
import { type Column, type Columns, sortedBy } from "./columns";
import type { Cell } from "./csv";

interface Props<Row> {
  readonly columns: Columns<Row>;
  readonly rows: readonly Row[];
  readonly caption?: ComponentChildren;
  /** Rows shown at most; files have all. */
  readonly most?: number;
  /** Whether a head sorts the rows. */
  readonly sortable?: boolean;
  /** Attributes of a row's element. */
  readonly attributes?: (row: Row) => Readonly<Record<string, string | number>>;
}

/** Rows and columns on the page. */
export function DataTable<Row>(props: Props<Row>) {
  const { columns, rows, caption, most = Number.POSITIVE_INFINITY, sortable = false } = props;
  const [order, setOrder] = useState({ by: "", descending: false });
  const shown = columns.filter(({ head }) => head !== null);
  const by = shown.find(({ name }) => name === order.by);
  const listed = by ? sortedBy(rows, by, order.descending) : rows;
  return (
    <table>
      {caption && <caption>{caption}</caption>}
      <thead>
        <tr>
          {shown.map((column) => (
            <Head
              key={column.name}
              column={column}
              order={sortable ? (column === by ? order : NO_ORDER) : null}
              onOrder={(descending) => setOrder({ by: column.name, descending })}
            />
          ))}
        </tr>
      </thead>
      <tbody>
        {listed.slice(0, most).map((row, at) => (
          <tr key={at} {...props.attributes?.(row)}>
            {shown.map((column) => (
              <TableCell key={column.name} column={column} row={row} index={at} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const NO_ORDER = { by: "", descending: false };

interface HeadProps<Row> {
  readonly column: Column<Row>;
  /** How the rows are sorted; null where they cannot be. */
  readonly order: { readonly by: string; readonly descending: boolean } | null;
  readonly onOrder: (descending: boolean) => void;
}

function Head<Row>({ column: { name, head = name, isNumber }, order, onOrder }: HeadProps<Row>) {
  if (!name) return <td />;
  const isSorted = order?.by === name;
  const sort = isSorted ? (order.descending ? "descending" : "ascending") : "none";
  return (
    <th scope="col" class={isNumber ? "number" : ""} {...(order && { "aria-sort": sort })}>
      {order ? (
        <button type="button" class="plain" onClick={() => onOrder(isSorted && !order.descending)}>
          {head}
          {isSorted && (order.descending ? " ↓" : " ↑")}
        </button>
      ) : (
        head
      )}
    </th>
  );
}

interface CellProps<Row> {
  readonly column: Column<Row>;
  readonly row: Row;
  readonly index: number;
}

function TableCell<Row>({ column, row, index }: CellProps<Row>) {
  const { value, show, isHead, isNumber } = column;
  const cell = value(row, index);
  const numeric = (isNumber ?? typeof cell === "number") ? "number" : "";
  const Tag = isHead ? "th" : "td";
  return (
    <Tag {...(isHead && { scope: "row" })} class={`${numeric} ${column.class?.(row) ?? ""}`.trim()}>
      {show ? show(row, index) : <bdi>{cellText(cell)}</bdi>}
    </Tag>
  );
}

const cellText = (cell: Cell): string => (typeof cell === "number" ? short(cell) : cell);
