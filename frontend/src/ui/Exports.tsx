const FORMATS = ["CSV", "SVG", "PNG"] as const;
export type Format = (typeof FORMATS)[number];

interface Props {
  readonly formats?: readonly Format[];
  readonly onExport: (format: Format) => void;
}

/** The buttons that save a view. */
export function Exports({ formats = FORMATS, onExport }: Props) {
  return (
    <span class="exports">
      {formats.map((format) => (
        <button
          type="button"
          key={format}
          title={`save as ${format}`}
          onClick={() => onExport(format)}
        >
          {format}
        </button>
      ))}
    </span>
  );
}
