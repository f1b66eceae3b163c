import { useMemo, useState } from "preact/hooks";
import { ofMoment, request, sent } from "../../api/ask";
import type { Model } from "../../api/schema";
import type { Metrics, Moment } from "../../api/types";
import { shareText } from "../../model/format";
import { NO_HUES } from "../../model/hues";
import { subsetName } from "../../model/names";
import { hasLabels, overall, scoreName } from "../../model/scores";
import { useAnswer } from "../../state/answers";
import { counting } from "../../state/shared";
import * as state from "../../state/store";
import { Message } from "../../ui/Message";
import { Name } from "../../ui/Name";
import { ClassEmbedding } from "./ClassEmbedding";
import { ClassList } from "./ClassList";
import { classKeys, classRows, metricsAt, withFirst, withSecond } from "./classes";

const GRAPH_CODE = `from summary_ops import Graph, Recorder

Recorder(model, graph=Graph())`;

/** All classes of model A beside a view: a map of them in a layer, and a list to select from. */
export function ClassPanel() {
  const [model, a] = [state.modelA.value, state.a.value];
  if (!model || !a) return null;
  return (
    <div class="class-panel">
      {classKeys(model).length === 0 ? (
        <Message title="This run has no classes" />
      ) : (
        <Classes model={model} a={a} />
      )}
    </div>
  );
}

interface Props {
  readonly model: Model;
  readonly a: Moment;
}

function Classes({ model, a }: Props) {
  const [hovered, setHovered] = useState<string | null>(null);
  const [listed, setListed] = useState<readonly string[]>([]);
  const shown = state.subsets.value ?? [];
  const reference = shown[0]?.key ?? null;
  const { metrics, embedding, layer, similarity } = useClasses(model, a, reference);
  const rows = useMemo(
    () => classRows(model, a.step, metrics.value, similarity.value),
    [model, a.step, metrics.value, similarity.value],
  );
  const choose = (key: string, asSecond: boolean) => {
    state.choose({
      subsets: (asSecond ? withSecond : withFirst)(shown, key, model, state.hues.value ?? NO_HUES),
    });
  };
  return (
    <>
      <Facts model={model} a={a} classes={rows.length} metrics={metrics.value} />
      {model.graph ? (
        <ClassEmbedding
          model={model}
          embedding={embedding}
          layer={layer}
          listed={listed}
          hovered={hovered}
          onLayer={(chosen) => counting.choose({ embedding: chosen })}
          onHover={setHovered}
          onChoose={choose}
        />
      ) : (
        <Message title="No activation counts recorded" code={GRAPH_CODE}>
          They place the classes on a map and measure how similar they are.
        </Message>
      )}
      {metrics.state === "failed" && <p class="note">{metrics.message}</p>}
      {similarity.state === "failed" && <p class="note">{similarity.message}</p>}
      <ClassList
        rows={rows}
        shown={shown}
        what={hasLabels(model) ? scoreName(model.task) : null}
        isError={model.task === "regression"}
        layer={layer}
        reference={reference === null ? "" : subsetName(model, reference)}
        hovered={hovered}
        onHover={setHovered}
        onChoose={choose}
        onSight={setListed}
      />
    </>
  );
}

/** What the panel asks: of a moment its classes and their maps, of a class how alike the others are to it. */
function useClasses(model: Model, a: Moment, reference: string | null) {
  const metrics = useAnswer(hasLabels(model) ? metricsAt(model, a.step) : null);
  const { embedding: wanted = null, mass = null, of = null } = counting.value;
  const embedding = useAnswer(model.graph && request("embedding", { ...ofMoment(a), mass, of }));
  const mapped = embedding.value?.meta.layers ?? [];
  const layers = mapped.length > 0 ? mapped : model.layers.map(({ name }) => name);
  const possible = [wanted, model.hidden.at(-1)].find((name) => name && layers.includes(name));
  const layer = possible ?? layers.at(-1) ?? "";
  const known = model.graph !== null && (embedding.value ?? embedding.state) !== "loading";
  const similarity = useAnswer(
    known && reference !== null
      ? request("similarity", { s: sent({ ...a, subset: reference }), layer, mass, of })
      : null,
  );
  return { metrics, embedding, layer, similarity };
}

interface FactsProps extends Props {
  readonly classes: number;
  readonly metrics: Metrics | null;
}

function Facts({ model, a, classes, metrics }: FactsProps) {
  const single = model.task === "multiclass" || model.task === "binary";
  const all = metrics && overall(metrics, a.step);
  return (
    <p class="class-facts">
      <Name name={model.run} /> <span class="faint">{model.model}</span>
      <span class="faint">
        {classes === 1 ? "1 class" : `${classes.toLocaleString("en")} classes`}
        {all && `, ${all.total.toLocaleString("en")} inputs`}
        {all && single && `, accuracy ${shareText(all.right / all.inputs, all.inputs)}`}
        {`, step ${a.step.toLocaleString("en")}`}
      </span>
    </p>
  );
}
