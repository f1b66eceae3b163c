import { percent, short } from "../../model/format";
import { glyphPath } from "../../model/glyphs";
import { type Description, nameOf, type SubjectLine } from "../../model/histograms/describe";
import { beside, Floating, windowSize } from "../../ui/Floating";

interface Props {
  readonly about: Description;
  /** Where the pointer is, in pixels of the page. */
  readonly x: number;
  readonly y: number;
}

/** What is under the pointer, beside the pointer. */
export function Tip({ about, x, y }: Props) {
  const { unit, name, bin, subjects, instances, divergence } = about;
  return (
    <Floating place={(card) => beside(card, { x, y: y + 18 }, 16, windowSize())}>
      <div class="tip-title">
        unit {unit}
        {name !== null && <bdi> {name}</bdi>}
        {bin && (
          <span>
            {" "}
            · bin [{short(bin[0])}, {short(bin[1])})
          </span>
        )}
      </div>
      <table>
        <thead>
          <tr>
            <td />
            {bin && <th>in bin</th>}
            <th>median</th>
            <th>5–95 %</th>
            <th>mean ± sd</th>
          </tr>
        </thead>
        <tbody>
          {subjects.map((line) => (
            <SubjectRow
              key={`${line.subject.place} ${line.subject.key}`}
              line={line}
              inBin={bin !== null}
            />
          ))}
        </tbody>
      </table>
      {instances.map(({ name, mark, value }) => (
        <div key={name}>
          <svg width={12} height={10} aria-hidden="true">
            <path d={glyphPath(mark.glyph, 6, 5, 3.5)} fill={mark.colour} />
          </svg>{" "}
          {mark.number} <bdi class="faint">{name}</bdi>: <b>{short(value)}</b>
        </div>
      ))}
      {divergence && <div>{divergence}</div>}
      <div class="faint">Click to mark; click the number to open the unit</div>
    </Floating>
  );
}

interface SubjectRowProps {
  readonly line: SubjectLine;
  readonly inBin: boolean;
}

function SubjectRow({ line, inBin }: SubjectRowProps) {
  const { subject, count, median, middle, mean, std, notes } = line;
  const { inputs } = subject.found;
  return (
    <>
      <tr>
        <th scope="row">
          <span class={`key ${subject.place}`} style={{ "--colour": subject.colour }} />{" "}
          {nameOf(subject)}
        </th>
        {inBin && (
          <td>{count === null ? "–" : `${count} of ${inputs} · ${percent(count / inputs)}`}</td>
        )}
        <td>{short(median)}</td>
        <td>
          {short(middle[0])} – {short(middle[1])}
        </td>
        <td>
          {short(mean)} ± {short(std, 2)}
        </td>
      </tr>
      {notes.length > 0 && (
        <tr>
          <td colSpan={5} class="faint">
            {notes.join(" · ")}
          </td>
        </tr>
      )}
    </>
  );
}
