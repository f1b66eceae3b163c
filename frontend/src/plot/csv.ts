/** Tables that spreadsheets can open without executing them. */

export type Cell = string | number;

/** A head, and rows; numbers that are not known are NaN. */
export type Sheet = readonly (readonly Cell[])[];

/** One cell: text that a spreadsheet would take for a formula starts with an apostrophe. */
export function cell(value: Cell): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A table as RFC 4180 text. */
export const csv = (rows: Sheet): string =>
  rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
