import type { Remote } from "../../api/types";
import type { Size } from "../../stage/geometry";
import { Message } from "../../ui/Message";
import { Name } from "../../ui/Name";
import { TRACED } from "./ArchitectureNotes";
import { ArchitectureStage } from "./ArchitectureStage";
import { ArchitectureTable } from "./ArchitectureTable";
import type { ArchitectureOptions } from "./options";
import type { ArchitecturePicture } from "./picture";
import { countText, type Scale } from "./shade";
import { restOf } from "./tree";

interface Props {
  readonly answer: Remote<ArchitecturePicture>;
  readonly options: ArchitectureOptions;
  readonly scale: Scale;
  readonly room: Size;
  /** B, where one picture is of both. */
  readonly other: ArchitecturePicture | null;
  readonly isAlone: boolean;
}

/** One run: its head, and the picture or the table. */
export function ArchitectureSide({ answer, options, scale, room, other, isAlone }: Props) {
  const picture = answer.value;
  if (!picture && answer.state === "failed")
    return (
      <Message kind="failed" title="The architecture could not be read">
        {answer.message}
      </Message>
    );
  if (!picture) return <Message kind="loading" title="Loading the architecture…" />;
  const { model, moment, place, architecture } = picture;
  const { failure } = picture.numbers;
  const { layers, parameters } = architecture;
  const rest = restOf(architecture);
  return (
    <section class="architecture-side" aria-label={`Architecture of ${model.run} (${place})`}>
      <p class="architecture-head">
        {!isAlone && <b>{place}</b>} <Name name={model.run} />
        <span class="faint">
          step {moment.step.toLocaleString("en")} · {layers.length} recorded layers
          {parameters !== null && ` · ${countText(parameters)} parameters in the model`}
          {rest !== null && rest > 0 && `, ${countText(rest)} of them feed no recorded layer`}
        </span>
        {other && (
          <>
            <span>compared with</span> <b>B</b> <Name name={other.model.run} />
            <span class="faint">step {other.moment.step.toLocaleString("en")}</span>
          </>
        )}
      </p>
      {failure && (
        <p class="failure" role="alert">
          {failure}
        </p>
      )}
      {layers.length === 0 && <Message title="No layers recorded" code={TRACED} />}
      {layers.length > 0 && options.table && (
        <ArchitectureTable picture={picture} options={options} />
      )}
      {layers.length > 0 && !options.table && (
        <ArchitectureStage picture={picture} options={options} scale={scale} room={room} />
      )}
    </section>
  );
}
