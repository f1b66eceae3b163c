import type { Model, Problem } from "../api/schema";
import { bytesText } from "../model/format";
import { modelName } from "../model/runs";
import { Icon } from "../ui/Icon";
import { Popover } from "../ui/Popover";

interface Props {
  /** The models in sight. */
  readonly models: readonly Model[];
  /** Records that could not be read. */
  readonly unreadable: readonly Problem[];
}

/** What went wrong and what is not recorded, behind a badge that counts it. */
export function Problems({ models, unreadable }: Props) {
  const problems = models.flatMap((model) =>
    model.problems.map((problem) => ({ ...problem, of: modelName(model) })),
  );
  const omissions = models.flatMap((model) =>
    model.leftOut.map((sentence) => ({ sentence, of: modelName(model) })),
  );
  const count = problems.length + unreadable.length;
  if (count + omissions.length === 0) return null;
  const label = [
    count && `${count} ${count === 1 ? "problem" : "problems"}`,
    omissions.length && `${omissions.length} not recorded`,
  ];
  return (
    <Popover
      label={label.filter(Boolean).join(", ")}
      class="problems"
      button={
        <span class={`badge ${count ? "is-problem" : ""}`}>
          <Icon name={count ? "problem" : "note"} /> {count || omissions.length}
        </span>
      }
    >
      {() => (
        <>
          <List
            title="While recording"
            items={problems.map(
              ({ of, what, count: times, message }) =>
                `${of}, ${what}${times > 1 ? ` (${times} times)` : ""}: ${message}`,
            )}
          />
          <List
            title="Unreadable records"
            items={unreadable.map(
              ({ what, count: times, message }) =>
                `${what}${times > 1 ? ` (${times} times)` : ""}: ${message}`,
            )}
          />
          <List
            title="Not recorded"
            items={omissions.map(({ of, sentence }) => `${of}: ${sentence}`)}
          />
          <p class="faint">
            {models
              .map(
                (model) => `${modelName(model)}: ${bytesText(model.bytes)} in TensorBoard’s memory`,
              )
              .join("; ")}
          </p>
        </>
      )}
    </Popover>
  );
}

function List({ title, items }: { readonly title: string; readonly items: readonly string[] }) {
  if (items.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul>
        {items.map((item) => (
          <li key={item} dir="auto">
            {item}
          </li>
        ))}
      </ul>
    </>
  );
}
