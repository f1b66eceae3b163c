/** What dragging on the stage does. */
export const TOOLS = ["move", "lasso", "box"] as const;
export type Tool = (typeof TOOLS)[number];

const TITLES: Readonly<Record<Tool, string>> = {
  move: "drag moves the map; with shift it chooses",
  lasso: "drag around points to choose them; shift adds",
  box: "drag a rectangle around points to choose them; shift adds",
};

interface Props {
  readonly tool: Tool;
  readonly onTool: (tool: Tool) => void;
  readonly onZoom: (factor: number) => void;
  readonly onFit: () => void;
}

export const ZOOM = 1.4;

/** Moving, choosing, zooming. */
export function StageTools({ tool, onTool, onZoom, onFit }: Props) {
  const button = (sign: string, label: string, onClick: () => void) => (
    <button type="button" class="icon" aria-label={label} title={label} onClick={onClick}>
      {sign}
    </button>
  );
  return (
    <div class="projection-tools">
      <fieldset class="choice" aria-label="dragging">
        {TOOLS.map((known) => (
          <button
            type="button"
            key={known}
            aria-pressed={known === tool}
            title={TITLES[known]}
            onClick={() => onTool(known)}
          >
            {known}
          </button>
        ))}
      </fieldset>
      {button("+", "zoom in (+)", () => onZoom(ZOOM))}
      {button("−", "zoom out (−)", () => onZoom(1 / ZOOM))}
      {button("⤢", "the whole map (0)", onFit)}
    </div>
  );
}
