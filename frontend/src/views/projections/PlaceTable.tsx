import { short } from "../../model/format";
import * as state from "../../state/store";
import { Name } from "../../ui/Name";
import { described } from "./describe";
import type { DrawnRow } from "./drawn";
import type { SideFacts } from "./scene";

interface Props {
  readonly sides: readonly (Pick<SideFacts, "place" | "facts"> & {
    readonly title: string;
    readonly rows: readonly DrawnRow[];
  })[];
  readonly layer: string;
  readonly chosen: ReadonlySet<number>;
}

/** Rows that are listed; the CSV has all. */
const LISTED = 300;

/** The same as the picture in rows and columns. */
export function PlaceTable({ sides, layer, chosen }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section class="projection-tables" tabIndex={0} aria-label="Maps as tables">
      {sides.map(({ place, title, rows, facts }) => (
        <table key={place}>
          <caption>
            <bdi>{title}</bdi> · {layer} · {rows.length.toLocaleString("en")} instances
            {rows.length > LISTED && `, the first ${LISTED}; the CSV has all`}
          </caption>
          <thead>
            <tr>
              {["selected", "instance", "true class", "predicted as", "", "x", "y"].map((head) => (
                <th key={head} scope="col">
                  {head || <span class="visually-hidden">probability</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, LISTED).map(({ instance, x, y }) => {
              const { name, truth, said, isWrong } = described(instance, facts);
              return (
                <tr key={instance}>
                  <td>
                    <input
                      type="checkbox"
                      aria-label={`Select ${name}`}
                      checked={chosen.has(instance)}
                      onChange={() => state.toggleInstance(instance)}
                    />
                  </td>
                  <td>
                    <Name name={name} />
                  </td>
                  <td>{truth !== null && <Name name={truth} />}</td>
                  <td class={isWrong ? "is-wrong" : ""}>{said && <Name name={said.name} />}</td>
                  <td class="number">{said?.probability}</td>
                  <td class="number">{short(x)}</td>
                  <td class="number">{short(y)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      ))}
    </section>
  );
}
