import { percent } from "../../model/format";
import { WhyButton } from "../../panels/WhyButton";
import { Name } from "../../ui/Name";
import { confusedOf } from "./learning";
import type { Learning } from "./useLearning";

const MOST = 8;

/** The most frequent confusions, each with the way to its causes. */
export function Confusions({ learning }: { readonly learning: Learning }) {
  const { now, other, isChosen } = learning;
  if (!now || !["multiclass", "binary"].includes(now.model.task ?? "")) return null;
  const found = confusedOf(now.model, now.metrics, other, MOST);
  const most = found[0]?.count ?? 1;
  return (
    <section class="overview-confusions" aria-label="Confusions">
      <h3>What is confused?</h3>
      {found.length === 0 ? (
        <p>No input is predicted wrongly at this step.</p>
      ) : (
        <>
          <p class="faint">
            inputs of a class that are predicted as another
            {other && `; in brackets those ${isChosen ? "at B" : "at the record before"}`}
          </p>
          <table>
            <thead class="visually-hidden">
              <tr>
                <th scope="col">confusion</th>
                <th scope="col">inputs</th>
                <th scope="col">causes</th>
              </tr>
            </thead>
            <tbody>
              {found.map(({ pair, names: [truth, predicted], count, inputs, before }) => (
                <tr key={pair.join()} data-confusion={pair.join()} data-count={count}>
                  <th scope="row">
                    <Name name={truth} /> <span class="faint">as</span> <Name name={predicted} />
                  </th>
                  <td style={{ "--share": count / most }} class="overview-bar">
                    {count.toLocaleString("en")}{" "}
                    <span class="faint">
                      of {inputs.toLocaleString("en")}, {percent(count / inputs)}
                      {before && ` (${before.count.toLocaleString("en")})`}
                    </span>
                  </td>
                  <td>
                    <WhyButton model={now.model} confusion={pair} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  );
}
