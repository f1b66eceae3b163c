import { Sparkline } from "../../plot/Sparkline";
import type { Point } from "../../stage/geometry";
import { Name } from "../../ui/Name";
import { HEIGHT, WIDTH } from "./layout";
import type { Shade } from "./options";
import { isNoise, type Scale, type ShadeValue, shareOf, valueText } from "./shade";
import type { Branch } from "./tree";
import { nodeWords, parametersText, sizeOf, typeOf } from "./words";

interface Props {
  readonly branch: Branch;
  readonly at: Point;
  readonly shade: Shade;
  readonly told: ShadeValue | undefined;
  readonly scale: Scale;
  readonly isChosen: boolean;
  readonly isLit: boolean;
  /** Whether the tab key leads here. */
  readonly isStop: boolean;
  readonly onPress: () => void;
}

/** A layer or a closed block: what it is, how large it is, and its number over the steps. */
export function ArchitectureNode(props: Props) {
  const { branch, at, shade, told, scale, isChosen, isLit, isStop, onPress } = props;
  const isBlock = branch.kind === "block";
  const noise = told !== undefined && isNoise(shade, told);
  const classes = [
    "architecture-node",
    isBlock && "is-block",
    isChosen && "is-chosen",
    isLit && "is-lit",
    noise && "is-noise",
  ];
  const parameters = parametersText(branch);
  return (
    <button
      type="button"
      class={classes.filter(Boolean).join(" ")}
      data-key={branch.key}
      data-layer={isBlock ? undefined : branch.key}
      data-block={isBlock ? branch.key : undefined}
      data-value={Number.isFinite(told?.value) ? told?.value : undefined}
      tabIndex={isStop ? 0 : -1}
      aria-pressed={isBlock ? undefined : isChosen}
      aria-expanded={isBlock ? false : undefined}
      style={{
        left: `${at.x - WIDTH / 2}px`,
        top: `${at.y - HEIGHT / 2}px`,
        width: `${WIDTH}px`,
        height: `${HEIGHT}px`,
        "--share": shareOf(scale, told?.value ?? Number.NaN).toFixed(3),
      }}
      onClick={onPress}
    >
      <span class="visually-hidden">{nodeWords(branch, shade, told)}</span>
      <span class="architecture-name" aria-hidden="true">
        {isBlock && <span>▸</span>}
        <Name name={branch.label} />
        <span class="architecture-type">{typeOf(branch)}</span>
      </span>
      <span class="architecture-size" aria-hidden="true">
        <span>{sizeOf(branch)}</span>
        {parameters && <span>{parameters}</span>}
      </span>
      {shade !== "none" && told && (
        <span class="architecture-told" aria-hidden="true">
          <b>{valueText(shade, told.value)}</b>
          {noise && <span title="No more than chance">≈ chance</span>}
          {told.history.length > 1 && (
            <Sparkline kind="line" values={told.history} at={told.at} label="" />
          )}
        </span>
      )}
    </button>
  );
}
