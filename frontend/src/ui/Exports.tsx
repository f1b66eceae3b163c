const FORMATS = ["CSV", "SVG", "PNG"] as const;
export type Format = (typeof FORMATS)[number];

/** The buttons that save a view. */
export function Exports({ onExport }: { readonly onExport: (format: Format) => void }) {
  return (
    <span class="exports">
      {FORMATS.map((format) => (
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
