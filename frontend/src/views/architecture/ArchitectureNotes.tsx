import * as state from "../../state/store";
import type { ArchitectureOptions } from "./options";
import type { ArchitecturePicture } from "./picture";

export const TRACED = `from summary_ops import Graph, Recorder

recorder = Recorder(model, classes=classes, graph=Graph())
recorder.run(loader)            # sees which layer feeds which
recorder.write(writer, step)`;

/** What must be known to read the picture. */
export function ArchitectureNotes({
  pictures,
  options,
}: {
  readonly pictures: readonly ArchitecturePicture[];
  readonly options: ArchitectureOptions;
}) {
  const [first] = pictures;
  const untraced = pictures.filter(
    ({ architecture }) => architecture.links.length === 0 && architecture.layers.length > 1,
  );
  const notes = [
    ...(options.shade === "divergence" && first && state.comparison.value === null
      ? ["Divergence compares two subjects: select a second class on the left, or a run as B."]
      : []),
    ...pictures.flatMap(({ architecture }) => architecture.notes),
  ];
  return (
    <>
      {untraced.length > 0 && (
        <details class="note graph-notes">
          <summary>
            <span class="graph-more">No links recorded</span> for{" "}
            {untraced.map(({ model }) => model.run).join(", ")}: layers are shown in the order in
            which they ran.
          </summary>
          <p>Links are recorded by a Recorder with a graph whose inputs come through run:</p>
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
