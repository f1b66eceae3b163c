import { hueVariable } from "../../model/color";
import { FEW, rangeText, shareText } from "../../model/format";
import { Bars } from "../../plot/Bars";
import { Icon } from "../../ui/Icon";
import { Name } from "../../ui/Name";
import type { ClassRow } from "./classes";

interface Props {
  readonly row: ClassRow;
  /** What the score is called; null without labels. */
  readonly what: string | null;
  /** Of a regression the score is an error, not a share. */
  readonly isError: boolean;
  /** The share that fills the histograms. */
  readonly top: number;
  /** Its place among the shown subsets, and its colour; null where it is not shown. */
  readonly shown: { readonly place: number; readonly hue: number } | null;
  /** Name of the class that similarity is to. */
  readonly reference: string;
  readonly hovered: boolean;
  readonly onHover: (key: string | null) => void;
  readonly onChoose: (key: string, asSecond: boolean) => void;
}

const cosine = (value: number): string => value.toFixed(2).replace(/^(-?)0/, "$1");

/** A class in the list: its accuracy, confidence, and similarity to the class selected. */
export function ClassLine(props: Props) {
  const { row, what, isError, top, shown, reference, hovered, onHover, onChoose } = props;
  const {
    key,
    name,
    query,
    inputs,
    score,
    probability,
    similarity,
    alike: [low, high],
  } = row;
  const isFirst = shown?.place === 0;
  const scored = isError ? plain(score) : shareText(score, inputs ?? 0);
  const alike = Number.isFinite(similarity) ? cosine(similarity) : "–";
  const words = [
    name,
    inputs === null ? "" : `${inputs.toLocaleString("en")} inputs`,
    Number.isFinite(score) ? `${what} ${scored}` : "",
    Number.isFinite(similarity)
      ? `similarity to ${reference} ${alike}${rangeText(low, high, cosine)}`
      : "",
  ];
  return (
    <div
      class={`class-line ${shown ? "is-shown" : ""} ${hovered ? "is-hovered" : ""}`}
      onPointerEnter={() => onHover(key)}
      onPointerLeave={() => onHover(null)}
      onFocusIn={() => onHover(key)}
      onFocusOut={() => onHover(null)}
    >
      <button
        type="button"
        class="class-main"
        aria-pressed={isFirst}
        title={words.filter(Boolean).join("\n")}
        onClick={(event) => onChoose(key, event.ctrlKey || event.metaKey || event.shiftKey)}
      >
        <span class="visually-hidden">{words.filter(Boolean).join(", ")}</span>
        <span class="class-name" aria-hidden="true">
          <Name name={name} />
          {inputs !== null && (
            <span class="faint">
              n {inputs.toLocaleString("en")}
              {inputs < FEW && <strong class="few">few</strong>}
            </span>
          )}
        </span>
        <span class="number" aria-hidden="true">
          {what && scored}
        </span>
        <Bars class="probability" values={probability} top={top} width={52} height={20} />
        <span class="alike" aria-hidden="true">
          <span class="number">{alike}</span>
          <span class="alike-bar" style={{ "--share": Math.max(0, similarity || 0) }} />
        </span>
      </button>
      {query === null ? (
        <span class="class-search" />
      ) : (
        <a
          class="class-search"
          href={`https://www.google.com/search?q=${encodeURIComponent(query)}`}
          target="_blank"
          rel="noopener noreferrer"
          aria-label={`Search the web for ${query}`}
          title={`Search the web for ${query}`}
        >
          <Icon name="search" />
        </a>
      )}
      <button
        type="button"
        class="class-add"
        aria-pressed={shown !== null}
        aria-label={shown ? `Remove ${name}` : `Compare ${name}`}
        title={
          shown ? "Remove from the selection" : `Compare with ${reference} (Ctrl- or Shift-click)`
        }
        style={shown ? { background: hueVariable(shown.hue) } : undefined}
        onClick={() => onChoose(key, true)}
      >
        {shown ? "" : "+"}
      </button>
    </div>
  );
}

const plain = (value: number): string => (Number.isFinite(value) ? value.toPrecision(2) : "–");
