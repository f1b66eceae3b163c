import { useMemo, useRef, useState } from "preact/hooks";
import { request, sent } from "../../api/ask";
import type { Model } from "../../api/schema";
import type { ShownSubject } from "../../model/shown";
import { ClassPanel } from "../../panels/classes/ClassPanel";
import { UnitPanel } from "../../panels/unit/UnitPanel";
import { useAnswer } from "../../state/answers";
import * as state from "../../state/store";
import { type Fold, useFold } from "../../ui/fold";
import { Message } from "../../ui/Message";
import { useSize } from "../../ui/size";
import type { ViewProps } from "../define";
import { GraphHeads } from "./GraphHeads";
import { GraphStage } from "./GraphStage";
import { GraphTable } from "./GraphTable";
import { GraphToolbar } from "./GraphToolbar";
import { type GraphLayout, layoutOf, type Memory } from "./layout";
import { Notes } from "./Notes";
import type { GraphOptions } from "./options";
import { savableGraph } from "./save";
import { type GraphScene, sceneOf } from "./scene";
import { graphed, graphSubjects } from "./subjects";

const GRAPH_CODE = `from summary_ops import Graph, Recorder

recorder = Recorder(model, classes=classes, graph=Graph())
recorder.run(loader)            # counts activation, then traces influence
recorder.write(writer, step)`;

/** The units that matter for a class, or for two, and how they feed each other; the classes beside it. */
export function GraphView({ model, options }: ViewProps<GraphOptions>) {
  const classes = useFold("graph.classes");
  const [fromLeft, setFromLeft] = useState(true);
  return (
    <div class="graph-view" data-view="graph">
      {classes.open && (
        <aside class="graph-classes" aria-label="Classes" inert={state.unit.value !== null}>
          <ClassPanel />
        </aside>
      )}
      <Answered
        model={model}
        options={options}
        classes={classes}
        onPress={(x) => setFromLeft(classes.open || x > PANEL)}
      />
      <div class={fromLeft ? "graph-unit" : "graph-unit is-right"}>
        <UnitPanel />
      </div>
    </div>
  );
}

/** Room that the unit panel takes: it covers the classes, and nothing that was pressed. */
const PANEL = 340;

interface Props {
  readonly model: Model;
  readonly options: GraphOptions;
  readonly classes: Fold;
  /** A node was pressed, so many pixels from the left. */
  readonly onPress: (x: number) => void;
}

/** The graph behind the choices. */
function Answered({ model, options, classes, onPress }: Props) {
  const { subjects, missing } = graphSubjects();
  const { measure, mass, of, keep, ranking, directed, open } = options;
  const question = JSON.stringify([subjects.map(({ subject: { step, ...rest } }) => rest), open]);
  // the steps apart: while the rest is the same, nodes stay where they are
  const answer = useAnswer(
    subjects.length
      ? request("graph", {
          s: subjects.map(({ subject }) => sent(subject)),
          ...{ mass, of, measure, keep, ranking, directed, open },
        })
      : null,
    { shown: subjects, question },
  );
  const [arranged, setArranged] = useState(0);
  const theme = state.theme.value;
  const { value: graph, about } = answer;
  const scene = useMemo(
    () => graph && sceneOf(graph, options),
    [graph, options.size, options.filter],
  );
  const key = `${about?.question} ${arranged}`;
  const { box, width, height } = useSize();
  const layout = useLayout(scene, options, width >= height, key);
  const compared = graph && about ? graphed(graph, about.shown, theme) : [];
  const drawn = scene && layout && compared.length > 0 ? { scene, layout } : null;
  return (
    <div class="graph-main" ref={box} aria-busy={answer.state === "loading" && subjects.length > 0}>
      <GraphToolbar
        graph={graph}
        options={options}
        hidden={scene?.hidden ?? 0}
        classes={classes}
        onArrange={() => setArranged(arranged + 1)}
        savable={drawn && (() => savableGraph(drawn.scene, drawn.layout, compared))}
      />
      {drawn && graph && (
        <>
          <GraphHeads graph={graph} subjects={compared} />
          <Notes
            graph={graph}
            model={model}
            missing={missing}
            more={state.subjects.value.length - 2}
          />
        </>
      )}
      {answer.state === "failed" && (
        <Message kind="failed" title="The graph could not be computed">
          {answer.message}
        </Message>
      )}
      {!drawn && answer.state !== "failed" && (
        <Nothing model={model} missing={missing} isAsked={subjects.length > 0} />
      )}
      {drawn && options.table && <GraphTable {...drawn} subjects={compared} />}
      {drawn && !options.table && (
        <GraphStage
          {...drawn}
          size={options.size}
          subjects={compared}
          question={key}
          onArrange={() => setArranged(arranged + 1)}
          onPress={onPress}
        />
      )}
    </div>
  );
}

/** Where nodes are; while the question is the same they stay there. */
function useLayout(
  scene: GraphScene | null,
  { pitch, gap }: GraphOptions,
  across: boolean,
  question: string,
): GraphLayout | null {
  const before = useRef<{ readonly question: string; readonly memory: Memory } | null>(null);
  const layout = useMemo(() => {
    const memory = before.current?.question === question ? before.current.memory : null;
    return scene && layoutOf(scene, { pitch, gap, across }, memory);
  }, [scene, pitch, gap, across, question]);
  if (layout) before.current = { question, memory: layout.memory };
  return layout;
}

interface NothingProps {
  readonly model: Model;
  readonly missing: readonly ShownSubject[];
  readonly isAsked: boolean;
}

/** Why there is no graph, and what would make one. */
function Nothing({ model, missing, isAsked }: NothingProps) {
  if (!model.graph) {
    return (
      <Message title="No attribution graphs recorded" code={GRAPH_CODE}>
        This run has no activation counts: its Recorder had no <code>graph</code>, or saw no inputs
        through <code>run</code> or <code>observing</code>.
      </Message>
    );
  }
  if (isAsked) return <Message kind="loading" title="Computing the graph…" />;
  if (missing.length > 0) {
    return (
      <Message title={`No graph of ${missing.map(({ name }) => name).join(", ")}`}>
        No activation counts for {missing.length > 1 ? "these subsets" : "this subset"} at this step
        ({model.graph.subsets.length} other subsets have them). Select a class on the left.
      </Message>
    );
  }
  return (
    <Message title="No subset selected">
      Select a class to see its graph; select two, or a run as B, to compare them.
    </Message>
  );
}
