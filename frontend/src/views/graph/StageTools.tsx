import type { useCamera } from "../../stage/useCamera";

interface Props {
  readonly view: ReturnType<typeof useCamera>;
  readonly onArrange: () => void;
}

/** Zoom, and the arrangement. */
export function StageTools({ view, onArrange }: Props) {
  const button = (sign: string, label: string, onClick: () => void) => (
    <button type="button" class="icon" aria-label={label} title={label} onClick={onClick}>
      {sign}
    </button>
  );
  return (
    <div class="graph-tools">
      {button("+", "zoom in (+)", view.zoomIn)}
      {button("−", "zoom out (−)", view.zoomOut)}
      {button("⤢", "see the whole graph (0)", view.fit)}
      {button("≡", "arrange anew: fewest crossings, rows in the middle", () => {
        onArrange();
        view.fit();
      })}
    </div>
  );
}
