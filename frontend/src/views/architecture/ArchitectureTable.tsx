import { useState } from "preact/hooks";
import { Sparkline } from "../../plot/Sparkline";
import type { ArchitectureOptions } from "./options";
import { architectureOptions } from "./options";
import type { Picture } from "./picture";
import { isNoise, SHADE_NAMES, valueText } from "./shade";
import { COLUMNS, type Column, cellOf, type Line, linesOf, sorted } from "./tables";

interface Props {
  readonly picture: Picture;
  readonly options: ArchitectureOptions;
}

/** The same as the picture in rows and columns; a column's head sorts. */
export function ArchitectureTable({ picture, options }: Props) {
  const [order, setOrder] = useState<{ readonly by: Column; readonly descending: boolean }>({
    by: "#",
    descending: false,
  });
  const columns: readonly Column[] = options.shade === "none" ? COLUMNS : [...COLUMNS, "value"];
  const name = (column: Column) => (column === "value" ? SHADE_NAMES[options.shade] : column);
  const label = `Layers of ${picture.model.run} as a table (${picture.place})`;
  const lines = sorted(linesOf(picture), order.by, order.descending);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section class="graph-tables architecture-table" tabIndex={0} aria-label={label}>
      <table>
        <caption>
          {lines.length} layers of {picture.model.run}
        </caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column}
                scope="col"
                aria-sort={
                  order.by !== column ? "none" : order.descending ? "descending" : "ascending"
                }
              >
                <button
                  type="button"
                  class="plain"
                  onClick={() =>
                    setOrder({ by: column, descending: order.by === column && !order.descending })
                  }
                >
                  {name(column)}
                  {order.by === column && (order.descending ? " ↓" : " ↑")}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <Row key={line.layer.name} line={line} columns={columns} options={options} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface RowProps {
  readonly line: Line;
  readonly columns: readonly Column[];
  readonly options: ArchitectureOptions;
}

function Row({ line, columns, options }: RowProps) {
  const { layer, told } = line;
  const isChosen = layer.name === options.layer;
  const cells = columns.map((column) => {
    const cell = cellOf(line, column);
    if (column === "layer")
      return (
        <td key={column}>
          <button
            type="button"
            class="plain"
            aria-pressed={isChosen}
            onClick={() => architectureOptions.choose({ layer: isChosen ? null : layer.name })}
          >
            <bdi>{layer.name}</bdi>
          </button>
        </td>
      );
    if (column === "value")
      return (
        <td
          key={column}
          class="number"
          data-value={Number.isFinite(told.value) ? told.value : undefined}
        >
          {valueText(options.shade, told.value)} {isNoise(options.shade, told) && "≈ chance "}
          <Sparkline
            kind="line"
            values={told.history}
            at={told.at}
            label={`${layer.name} over the steps`}
          />
        </td>
      );
    return (
      <td key={column} class={typeof cell === "number" ? "number" : ""}>
        <bdi>{typeof cell === "number" ? numberText(cell) : cell}</bdi>
      </td>
    );
  });
  return <tr class={isChosen ? "is-chosen" : ""}>{cells}</tr>;
}

const numberText = (value: number): string =>
  Number.isNaN(value) ? "–" : value.toLocaleString("en");
