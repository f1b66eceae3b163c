import { useEffect, useState } from "preact/hooks";
import type { Index, Model } from "./api/schema";
import type { Moment } from "./api/types";
import { linkTo } from "./host/host";
import { nearestEarlier } from "./model/moments";
import { EVERYTHING } from "./model/railUse";
import { Orientation } from "./panels/Orientation";
import { UnitPanel } from "./panels/unit/UnitPanel";
import { Choices } from "./rail/Choices";
import { Failure } from "./shell/Failure";
import { Header } from "./shell/Header";
import { Help } from "./shell/Help";
import { Problems } from "./shell/Problems";
import { encode } from "./state/address";
import * as state from "./state/store";
import { Explanations } from "./ui/Explanations";
import { useFold } from "./ui/fold";
import { Icon } from "./ui/Icon";
import { Message } from "./ui/Message";
import { useSameTarget } from "./ui/sameTarget";
import { useShortcuts } from "./ui/shortcuts";
import { VIEWS } from "./views";

const viewOf = (id: string | null) => VIEWS.find((known) => known.id === id);

const VIEW_KEYS = VIEWS.flatMap(({ keys }) => keys);

const FIRST_RECORD = `from summary_ops import Recorder

recorder = Recorder(model, classes=classes)
recorder.run(loader)            # an evaluation pass
recorder.write(writer, step)    # your SummaryWriter`;

/** The page: what there is to see, or why there is nothing. */
export function App() {
  const index = state.index.value;
  const [model, a] = [state.modelA.value, state.a.value];
  if (index.value && model && a) return <Frame index={index.value} model={model} a={a} />;
  if (index.state === "failed") {
    return (
      <Message kind="failed" title="The recorded data could not be read">
        {index.message}
        <br />
        Retrying every 10 seconds.
      </Message>
    );
  }
  if (!index.value) return <Message kind="loading" title="Loading…" />;
  return (
    <>
      <Message title="Nothing recorded yet" code={FIRST_RECORD}>
        This log directory has no activations. Record some in your training script; this page
        updates by itself.
      </Message>
      <Problems models={[]} unreadable={index.value.problems} />
    </>
  );
}

interface FrameProps {
  readonly index: Index;
  readonly model: Model;
  readonly a: Moment;
}

function Frame({ index, model, a }: FrameProps) {
  const [helping, setHelping] = useState(false);
  const rail = useFold("rail");
  useSameTarget();
  const view = viewOf(state.view.value) ?? viewOf("distributions");
  const copy = () => {
    if (state.selection.value) void copyLink(linkTo(encode(state.selection.value)));
  };
  const step = (by: number) => {
    const next = model.steps[nearestEarlier(model.steps, a.step) + by];
    if (next !== undefined) state.moveTo(next);
  };
  useShortcuts({
    ",": () => step(-1),
    ".": () => step(1),
    l: copy,
    "?": () => setHelping(!helping),
    Escape: () => state.choose({ unit: null }),
  });
  const failure = state.index.value.state === "failed" ? state.index.value.message : null;
  const inSight = [
    model,
    ...(state.modelB.value && state.modelB.value !== model ? [state.modelB.value] : []),
  ];
  return (
    <div class={rail.open ? "app" : "app is-alone"}>
      <Choices
        models={index.models}
        model={model}
        a={a}
        view={view?.title ?? ""}
        use={view?.rail ?? EVERYTHING}
      />
      <div class="stage">
        <Header
          tabs={VIEWS}
          chosen={view?.id ?? ""}
          rail={rail}
          onChoose={(id) => state.choose({ view: id })}
        >
          <Problems models={inSight} unreadable={index.problems} />
          <button
            type="button"
            class="icon"
            aria-label="Copy a link to this page"
            title="Copy a link to this page (L)"
            onClick={copy}
          >
            <Icon name="link" />
          </button>
          <button
            type="button"
            class="icon"
            aria-label="Help"
            title="Help (?)"
            onClick={() => setHelping(true)}
          >
            <Icon name="help" />
          </button>
        </Header>
        {failure && (
          <p class="failure" role="alert">
            {failure} Showing the last data loaded.
          </p>
        )}
        {view && <Orientation sentence={view.sentence} model={model} a={a} />}
        <main>
          <div id="view" role="tabpanel" aria-labelledby={`tab-${view?.id}`}>
            {view && (
              <Failure key={view.id}>
                <view.Shown model={model} a={a} />
              </Failure>
            )}
          </div>
        </main>
      </div>
      {!view?.showsUnit && <UnitPanel />}
      <Help open={helping} keys={VIEW_KEYS} onClose={() => setHelping(false)} />
      <Status />
      <Explanations />
    </div>
  );
}

/** Says what has just happened, to eyes for a moment and to screen readers. */
function Status() {
  const text = state.status.value;
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!text) return;
    setSeen(true);
    const timer = setTimeout(() => setSeen(false), 3000);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div class={`status ${seen ? "" : "visually-hidden"}`} role="status" aria-live="polite">
      {text}
    </div>
  );
}

async function copyLink(link: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(link);
    state.status.value = "Link copied";
  } catch {
    state.status.value =
      "Copy the link from the address bar: browsers let pages copy only on https or localhost";
  }
}
