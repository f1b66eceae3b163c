import { ofModel } from "../../api/ask";
import type { Remote } from "../../api/types";
import * as state from "../../state/store";
import { useSize } from "../../ui/size";
import type { ViewProps } from "../define";
import { ArchitectureLegend } from "./ArchitectureLegend";
import { ArchitectureNotes } from "./ArchitectureNotes";
import { ArchitectureSide } from "./ArchitectureSide";
import { ArchitectureToolbar } from "./ArchitectureToolbar";
import { Inspector } from "./Inspector";
import type { ArchitectureOptions } from "./options";
import { type ArchitecturePicture, usePicture } from "./picture";
import { savableArchitecture } from "./save";
import { scaleOf } from "./shade";

/** Height of what is above and below the pictures, roughly. */
const AROUND = 130;

/** The recorded layers as a graph, coloured by what they do; with a moment B two beside each other. */
export function ArchitectureView({ model, options }: ViewProps<ArchitectureOptions>) {
  const key = JSON.stringify([model, state.modelB.value].map((one) => one && ofModel(one)));
  return <Pictures key={key} options={options} />;
}

function Pictures({ options }: { readonly options: ArchitectureOptions }) {
  const { modelA, modelB, a, momentB } = state;
  const answers = [
    usePicture("A", modelA.value, a.value, options),
    usePicture("B", modelB.value, momentB.value, options),
  ].filter((one): one is Remote<ArchitecturePicture> => one !== null);
  const pictures = answers.flatMap(({ value }) => (value ? [value] : []));
  const shown = isOnePicture(options, pictures) ? answers.slice(0, 1) : answers;
  const told = pictures.flatMap((picture) => [...picture.told.values()]);
  const scale = scaleOf(
    options.shade,
    told.map(({ value }) => value),
  );
  const savable = () => savableArchitecture(pictures.slice(0, shown.length), options.shade);
  const { box, width, height } = useSize();
  const room = { width: width / shown.length || 1, height: height - AROUND || 1 };
  const model = modelA.value;
  if (!model) return null;
  return (
    <div class="graph-view architecture-view" data-view="architecture" ref={box}>
      <div class="graph-main" aria-busy={answers.some((one) => one.state === "loading")}>
        <ArchitectureToolbar options={options} model={model} savable={savable} />
        <ArchitectureNotes pictures={pictures} options={options} />
        <div class="architecture-sides">
          {shown.map((answer, side) => (
            <ArchitectureSide
              key={side}
              answer={answer}
              options={options}
              scale={scale}
              room={room}
              other={answers.length > shown.length ? (answers[1]?.value ?? null) : null}
              isAlone={answers.length < 2}
            />
          ))}
        </div>
        <ArchitectureLegend
          shade={options.shade}
          scale={scale}
          scenes={pictures.map(({ scene }) => scene)}
          told={told}
          notes={legendNotes(options)}
        />
      </div>
      {pictures.slice(0, 1).map((picture) => (
        <Chosen key="chosen" pictures={[picture, ...pictures.slice(1)]} options={options} />
      ))}
    </div>
  );
}

/** Whether B's picture would be A's again: a divergence is of both, and the layers are the same. */
function isOnePicture(
  { shade }: ArchitectureOptions,
  [a, b]: readonly ArchitecturePicture[],
): boolean {
  if (shade !== "divergence" || !a || !b) return false;
  const sizes = ({ architecture }: ArchitecturePicture) =>
    JSON.stringify(architecture.layers.map(({ name, units }) => [name, units]));
  return sizes(a) === sizes(b);
}

/** The chosen layer: A's, or B's where A has none of that name. */
function Chosen({
  pictures,
  options,
}: {
  readonly pictures: readonly ArchitecturePicture[];
  readonly options: ArchitectureOptions;
}) {
  const home = pictures.find(({ architecture }) =>
    architecture.layers.some(({ name }) => name === options.layer),
  );
  return home ? <Inspector picture={home} options={options} /> : null;
}

/** What is said of the numbers beside what they are. */
function legendNotes({ shade }: ArchitectureOptions): readonly string[] {
  const pair = state.comparison.value;
  if (shade !== "divergence" || !pair) return [];
  const [one, other] = pair;
  const name = (shown: typeof one) => `${shown.name} at ${shown.place}`;
  const isPinned = other.subject.step !== one.subject.step || other.subject.run !== one.subject.run;
  return [
    `of ${name(one)} from ${name(other)}${isPinned ? `, over the steps of A; B stays at step ${other.subject.step}` : ""}`,
  ];
}
