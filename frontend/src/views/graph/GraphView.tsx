import { useMemo, useRef, useState } from "preact/hooks";
import * as api from "../../api/graphRoutes";
import type { Graph, GraphOptions } from "../../api/graphTypes";
import type { Model, ShownSubject } from "../../api/types";
import { store, stored } from "../../model/stored";
import { ClassPanel } from "../../panels/classes/ClassPanel";
import { save } from "../../panels/save";
import { useRemote } from "../../state/remote";
import * as state from "../../state/store";
import { useSeen } from "../../state/visible";
import type { Format } from "../../ui/Exports";
import { Message } from "../../ui/Message";
import { GraphHeads } from "./GraphHeads";
import { GraphStage } from "./GraphStage";
import { GraphTable } from "./GraphTable";
import { GraphToolbar } from "./GraphToolbar";
import { type Layout, layoutOf, type Memory } from "./layout";
import { Notes } from "./Notes";
import { savableGraph } from "./save";
import { type Scene, sceneOf } from "./scene";
import { graphed, graphSubjects } from "./subjects";

const GRAPH_CODE = `from summary_ops import Graph, Recorder

recorder = Recorder(model, classes=classes, graph=Graph())
recorder.run(loader)            # counts activation, then traces influence
recorder.write(writer, step)`;

/** The units that matter for a class, or for two, and how they feed each other; the classes beside it. */
export function GraphView() {
  const [model, options] = [state.modelA.value, state.graph.value];
  const [classesShown, setClassesShown] = useState(() => stored("graph.classes", true));
  if (!model || !options) return null;
  const toggle = () => {
    setClassesShown(!classesShown);
    store("graph.classes", !classesShown);
  };
  return (
    <div class="graph-view" data-view="graph">
      {classesShown && (
        <aside class="graph-classes" aria-label="Classes">
          <ClassPanel />
        </aside>
      )}
      <Answered model={model} options={options} classesShown={classesShown} onClasses={toggle} />
    </div>
  );
}

interface Props {
  readonly model: Model;
  readonly options: GraphOptions;
  readonly classesShown: boolean;
  readonly onClasses: () => void;
}

interface GraphAnswer {
  readonly graph: Graph;
  readonly shown: readonly ShownSubject[];
  /** What was asked but for the steps: the same one keeps nodes where they are. */
  readonly question: string;
}

/** The graph behind the choices. */
function Answered({ model, options, classesShown, onClasses }: Props) {
  const { subjects, missing } = graphSubjects();
  const { measure, mass, of, keep, lift, directed, open } = options;
  const question = JSON.stringify([subjects.map(({ subject: { step, ...rest } }) => rest), open]);
  const asked = [subjects, measure, mass, of, keep, lift, directed, open, state.revision.value];
  const answer = useRemote(
    useSeen(subjects.length ? JSON.stringify(asked) : null),
    async (): Promise<GraphAnswer> => {
      const found = await api.graph(
        subjects.map(({ subject }) => subject),
        { measure, mass, of, keep, lift, directed, open },
      );
      return { graph: found, shown: subjects, question };
    },
  );
  const [arranged, setArranged] = useState(0);
  const theme = state.theme.value;
  const found = subjects.length ? answer.value : null;
  const scene = useMemo(
    () => found && sceneOf(found.graph, options),
    [found, options.size, options.filter],
  );
  const key = `${found?.question} ${arranged}`;
  const layout = useLayout(scene, options, key);
  const people = found ? graphed(found.graph, found.shown, theme) : [];
  const drawn = scene && layout && people.length > 0 ? { scene, layout } : null;
  const keepAs = (format: Format) => {
    if (drawn) save(format, savableGraph(drawn.scene, drawn.layout, people, theme));
  };
  return (
    <div class="graph-main" aria-busy={answer.state === "loading" && subjects.length > 0}>
      <GraphToolbar
        graph={found?.graph ?? null}
        options={options}
        hidden={scene?.hidden ?? 0}
        classesShown={classesShown}
        onClasses={onClasses}
        onArrange={() => setArranged(arranged + 1)}
        onExport={keepAs}
      />
      {drawn && found && (
        <>
          <GraphHeads graph={found.graph} subjects={people} />
          <Notes
            graph={found.graph}
            model={model}
            missing={missing}
            more={state.subjects.value.length - 2}
          />
        </>
      )}
      {answer.state === "failed" && (
        <Message kind="failed" title="The graph cannot be made">
          {answer.message}
        </Message>
      )}
      {!drawn && answer.state !== "failed" && (
        <Nothing model={model} missing={missing} isAsked={subjects.length > 0} />
      )}
      {drawn && options.table && <GraphTable {...drawn} subjects={people} />}
      {drawn && !options.table && (
        <GraphStage
          {...drawn}
          size={options.size}
          subjects={people}
          question={key}
          onArrange={() => setArranged(arranged + 1)}
        />
      )}
    </div>
  );
}

/** Where nodes are; while the question is the same they stay there. */
function useLayout(
  scene: Scene | null,
  { pitch, gap }: GraphOptions,
  question: string,
): Layout | null {
  const before = useRef<{ readonly question: string; readonly memory: Memory } | null>(null);
  const layout = useMemo(() => {
    const memory = before.current?.question === question ? before.current.memory : null;
    return scene && layoutOf(scene, { pitch, gap }, memory);
  }, [scene, pitch, gap, question]);
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
      <Message title="No attribution graphs are recorded" code={GRAPH_CODE}>
        This run has no activation counts: its Recorder had no <code>graph</code>, or its inputs did
        not come through <code>run</code> or <code>observing</code>.
      </Message>
    );
  }
  if (isAsked) return <Message kind="loading" title="Making the graph…" />;
  if (missing.length > 0) {
    return (
      <Message title={`No graph of ${missing.map(({ name }) => name).join(", ")}`}>
        Nothing was counted for {missing.length > 1 ? "these subsets" : "this subset"} here; counted
        were {model.graph.subsets.length} others. Choose a class at the left.
      </Message>
    );
  }
  return (
    <Message title="No subset is chosen">
      Choose a class: its graph appears here. Choose two, or a moment B, and they are compared.
    </Message>
  );
}
