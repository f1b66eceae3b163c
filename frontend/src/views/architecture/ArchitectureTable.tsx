import type { Column } from "../../plot/columns";
import { DataTable } from "../../plot/DataTable";
import { Sparkline } from "../../plot/Sparkline";
import { Scrolling } from "../../ui/Scrolling";
import type { ArchitectureOptions } from "./options";
import { architectureOptions } from "./options";
import type { ArchitecturePicture } from "./picture";
import { isNoise, SHADE_NAMES, valueText } from "./shade";
import { columnsOf, type Line, linesOf } from "./tables";

interface Props {
  readonly picture: ArchitecturePicture;
  readonly options: ArchitectureOptions;
}

/** The same as the picture in rows and columns; a column's head sorts. */
export function ArchitectureTable({ picture, options }: Props) {
  const { shade } = options;
  const label = `Layers of ${picture.model.run} as a table (${picture.place})`;
  const lines = linesOf(picture);
  const columns = columnsOf(picture, shade).map((column): Column<Line> => {
    if (column.name === "layer")
      return { ...column, show: (line) => <LayerButton line={line} options={options} /> };
    if (column.name === SHADE_NAMES[shade])
      return { ...column, show: (line) => <Value line={line} options={options} /> };
    return { ...column, show: (line, index) => <bdi>{cellText(column.value(line, index))}</bdi> };
  });
  return (
    <Scrolling class="data-tables architecture-table" label={label}>
      <DataTable
        caption={`${lines.length} layers of ${picture.model.run}`}
        columns={columns}
        rows={lines}
        sortable
        attributes={({ layer }) => ({ class: layer.name === options.layer ? "is-chosen" : "" })}
      />
    </Scrolling>
  );
}

interface LineProps {
  readonly line: Line;
  readonly options: ArchitectureOptions;
}

function LayerButton({ line: { layer }, options }: LineProps) {
  const isChosen = layer.name === options.layer;
  return (
    <button
      type="button"
      class="plain"
      aria-pressed={isChosen}
      onClick={() => architectureOptions.choose({ layer: isChosen ? null : layer.name })}
    >
      <bdi>{layer.name}</bdi>
    </button>
  );
}

function Value({ line: { layer, told }, options: { shade } }: LineProps) {
  return (
    <span data-value={Number.isFinite(told.value) ? told.value : undefined}>
      {valueText(shade, told.value)} {isNoise(shade, told) && "≈ chance "}
      <Sparkline
        kind="line"
        values={told.history}
        at={told.at}
        label={`${layer.name} over the steps`}
      />
    </span>
  );
}

const cellText = (cell: string | number): string =>
  typeof cell === "string" ? cell : Number.isNaN(cell) ? "–" : cell.toLocaleString("en");
