const FORMATS = ["CSV", "SVG", "PNG"] as const;
export type Format = (typeof FORMATS)[number];

interface Props {
  readonly formats?: readonly Format[];
  /** What is being saved, but not complete yet. */
  readonly waiting: Format | null;
  readonly onExport: (format: Format) => void;
}

/** The buttons that save a view; one at a time. */
export function Exports({ formats = FORMATS, waiting, onExport }: Props) {
  return (
    <span class="exports">
      {formats.map((format) => (
        <button
          type="button"
          key={format}
          title={
            format === waiting ? "Saved as soon as everything has loaded" : `Save as ${format}`
          }
          aria-disabled={waiting !== null}
          onClick={() => waiting ?? onExport(format)}
        >
          {format}
        </button>
      ))}
    </span>
  );
}
