import { Message } from "../../controls/Message";
import { Name } from "../../controls/Name";
import * as state from "../../state";
import type { Remote } from "../../types";
import type { ArchitectureOptions } from "../../viewOptions";
import type { Format } from "../export";
import type { Size } from "../graph/camera";
import { useSize } from "../size";
import { ArchitectureLegend } from "./ArchitectureLegend";
import { ArchitectureStage } from "./ArchitectureStage";
import { ArchitectureTable } from "./ArchitectureTable";
import { ArchitectureToolbar } from "./ArchitectureToolbar";
import { Inspector } from "./Inspector";
import { type Picture, usePicture } from "./picture";
import { saveArchitecture } from "./save";
import { countText, type Scale, scaleOf } from "./shade";

const TRACED = `from summary_ops import Graph, Recorder

recorder = Recorder(model, classes=classes, graph=Graph())
recorder.run(loader)            # sees which layer feeds which
recorder.write(writer, step)`;

/** Height of what is above and below the pictures, roughly. */
const AROUND = 130;

/** The recorded layers as a graph, coloured by what they do; with a moment B two beside each other. */
export function ArchitectureView() {
  const options = state.architecture.value;
  const [modelA, modelB] = [state.modelA.value, state.modelB.value];
  if (!options || !modelA) return null;
  return <Pictures key={`${modelB?.run}`} options={options} />;
}

function Pictures({ options }: { readonly options: ArchitectureOptions }) {
  const { modelA, modelB, a, momentB } = state;
  const answers = [
    usePicture("A", modelA.value, a.value, options),
    usePicture("B", modelB.value, momentB.value, options),
  ].filter((one): one is Remote<Picture> => one !== null);
  const pictures = answers.flatMap(({ value }) => (value ? [value] : []));
  const told = pictures.flatMap((picture) => [...picture.told.values()]);
  const scale = scaleOf(
    options.shade,
    told.map(({ value }) => value),
  );
  const theme = state.theme.value;
  const save = (format: Format) => {
    saveArchitecture(format, pictures, options.shade, scale, theme).catch((error: unknown) => {
      state.status.value = `The ${format} could not be made: ${error}`;
    });
  };
  const { box, width, height } = useSize();
  const room = { width: width / answers.length || 1, height: height - AROUND || 1 };
  const model = modelA.value;
  if (!model) return null;
  return (
    <div class="graph-view architecture-view" data-view="architecture" ref={box}>
      <div class="graph-main" aria-busy={answers.some((one) => one.state === "loading")}>
        <ArchitectureToolbar options={options} model={model} onExport={save} />
        <Notes pictures={pictures} options={options} />
        <div class="architecture-sides">
          {answers.map((answer, side) => (
            <Side
              key={side}
              answer={answer}
              options={options}
              scale={scale}
              room={room}
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

/** The chosen layer: A's, or B's where A has none of that name. */
function Chosen({
  pictures,
  options,
}: {
  readonly pictures: readonly Picture[];
  readonly options: ArchitectureOptions;
}) {
  const home = pictures.find(({ architecture }) =>
    architecture.layers.some(({ name }) => name === options.layer),
  );
  return home ? <Inspector picture={home} options={options} /> : null;
}

interface SideProps {
  readonly answer: Remote<Picture>;
  readonly options: ArchitectureOptions;
  readonly scale: Scale;
  readonly room: Size;
  readonly isAlone: boolean;
}

/** One run: its head, and the picture or the table. */
function Side({ answer, options, scale, room, isAlone }: SideProps) {
  const picture = answer.value;
  if (!picture && answer.state === "failed")
    return (
      <Message kind="failed" title="The architecture cannot be read">
        {answer.message}
      </Message>
    );
  if (!picture) return <Message kind="loading" title="Asking for the architecture…" />;
  const { model, moment, place, architecture, failure } = picture;
  const { layers, parameters } = architecture;
  return (
    <section class="architecture-side" aria-label={`Architecture of ${model.run} (${place})`}>
      <p class="architecture-head">
        {!isAlone && <b>{place}</b>} <Name name={model.run} />
        <span class="faint">
          step {moment.step.toLocaleString("en")} · {layers.length} recorded layers
          {parameters !== null && ` · ${countText(parameters)} parameters in the model`}
        </span>
      </p>
      {failure && (
        <p class="failure" role="alert">
          {failure}
        </p>
      )}
      {layers.length === 0 && <Message title="No layers are recorded" code={TRACED} />}
      {layers.length > 0 && options.table && (
        <ArchitectureTable picture={picture} options={options} />
      )}
      {layers.length > 0 && !options.table && (
        <ArchitectureStage picture={picture} options={options} scale={scale} room={room} />
      )}
    </section>
  );
}

/** What must be known to read the picture. */
function Notes({
  pictures,
  options,
}: {
  readonly pictures: readonly Picture[];
  readonly options: ArchitectureOptions;
}) {
  const [first] = pictures;
  const untraced = pictures.filter(
    ({ architecture }) => architecture.links.length === 0 && architecture.layers.length > 1,
  );
  const notes = [
    ...(options.shade === "divergence" && first && state.comparison.value === null
      ? ["Divergence is between two subjects: choose a second class at the left, or a moment B."]
      : []),
    ...pictures.flatMap(({ architecture }) => architecture.notes),
  ];
  return (
    <>
      {untraced.length > 0 && (
        <details class="note graph-notes">
          <summary>
            <span class="graph-more">No links are recorded</span> of{" "}
            {untraced.map(({ model }) => model.run).join(", ")}: the layers stand in the order in
            which they ran.
          </summary>
          <p>
            Which layer feeds which is seen when the Recorder has a graph, and inputs come through
            run:
          </p>
          <pre>
            <code>{TRACED}</code>
          </pre>
        </details>
      )}
      {[...new Set(notes)].slice(0, 3).map((note) => (
        <p class="note" key={note}>
          {note}
        </p>
      ))}
    </>
  );
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
