/** Columns of a table: what the page shows in rows is also what the file has. */

import type { ComponentChildren } from "preact";
import type { Cell, Sheet } from "./csv";

export interface Column<Row> {
  /** What stands above it. */
  readonly name: string;
  /** Above it in files, where one must be told what the page says elsewhere; null: only on the page. */
  readonly file?: string | null;
  /** Above it on the page, if more than the name; null: only in files. */
  readonly head?: ComponentChildren;
  /** Numbers that are not known are NaN. */
  readonly value: (row: Row, index: number) => Cell;
  /** The cell on the page; by default its value. */
  readonly show?: (row: Row, index: number) => ComponentChildren;
  /** Of the cell on the page. */
  readonly class?: (row: Row) => string;
  /** Set right, as numbers are. */
  readonly isNumber?: boolean;
  /** Whether its cells say what the row is of. */
  readonly isHead?: boolean;
}

export type Columns<Row> = readonly Column<Row>[];

/** All rows as a file has them. */
export function sheetOf<Row>(columns: Columns<Row>, rows: readonly Row[]): Sheet {
  const saved = columns.filter(({ file }) => file !== null);
  return [
    saved.map(({ name, file }) => file ?? name),
    ...rows.map((row, index) => saved.map(({ value }) => value(row, index))),
  ];
}

/** Rows in the order of a column, else as they come; what is not known comes last either way. */
export function sortedBy<Row>(
  rows: readonly Row[],
  { value }: Column<Row>,
  descending: boolean,
): readonly Row[] {
  const sign = descending ? -1 : 1;
  const keyed = rows.map((row, index) => ({ row, key: value(row, index) }));
  const compared = keyed.toSorted(({ key: a }, { key: b }) => {
    if (typeof a === "string" || typeof b === "string")
      return sign * String(a).localeCompare(String(b), undefined, { numeric: true });
    const missing = Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return missing || sign * (a - b);
  });
  return compared.map(({ row }) => row);
}
