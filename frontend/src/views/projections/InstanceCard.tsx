import type { NearestInstances } from "../../api/schema";
import type { Remote } from "../../api/types";
import { short } from "../../model/format";
import { instanceName } from "../../model/instances";
import { WhyButton } from "../../panels/WhyButton";
import { instancePicture } from "../../state/pictures";
import { Message } from "../../ui/Message";
import { Name } from "../../ui/Name";
import { Picture } from "../../ui/Picture";
import type { Facts } from "./colouring";
import { described } from "./describe";

interface Props {
  readonly instance: number;
  readonly facts: Facts;
  /** Longer side of the picture, in pixels. */
  readonly size: number;
}

/** What is known of an instance. */
export function InstanceFacts({ instance, facts, size }: Props) {
  const { name, truth, said, isWrong } = described(instance, facts);
  const crop = instancePicture(facts.model, instance);
  const { text = "", pair = -1 } = facts.instances[instance] ?? {};
  return (
    <div class="instance-facts">
      {crop && <Picture crop={crop} size={size} label="" />}
      <div>
        <div class="tip-title">
          <Name name={name} />
        </div>
        {truth !== null && (
          <div>
            true class <Name name={truth} />
          </div>
        )}
        {said && (
          <div class={isWrong ? "is-wrong" : ""}>
            predicted as <Name name={said.name} /> {said.probability}
            {isWrong && " (wrong)"}
          </div>
        )}
        {pair >= 0 && <div>perturbed from {instanceName(facts.instances, pair)}</div>}
        {text && <Name name={text.slice(0, 160)} class="faint" />}
      </div>
    </div>
  );
}

interface PinnedProps {
  readonly instance: number;
  readonly facts: Facts;
  readonly layer: string;
  readonly neighbours: Remote<NearestInstances>;
  /** Whether nearest neighbours are recorded. */
  readonly recorded: boolean;
  readonly onChoose: (instance: number) => void;
  readonly onClose: () => void;
}

const NEIGHBOURS_CODE = `from summary_ops import Projection, Recorder

Recorder(model, probe=probe, projection=Projection(neighbours=15))`;

/** The instance chosen last, with the ones nearest to it by the layer's full activations. */
export function PinnedCard(props: PinnedProps) {
  const { instance, facts, layer, neighbours, recorded, onChoose, onClose } = props;
  const { confusion } = described(instance, facts);
  return (
    <aside class="pinned" aria-label="Last selected instance">
      <button type="button" class="icon pinned-close" aria-label="Close" onClick={onClose}>
        ×
      </button>
      <InstanceFacts instance={instance} facts={facts} size={72} />
      {confusion && <WhyButton model={facts.model} confusion={confusion} />}
      <h3>
        Nearest in <Name name={layer} />
      </h3>
      {!recorded && (
        <Message title="No neighbours recorded" code={NEIGHBOURS_CODE}>
          Neighbours are recorded with the maps unless switched off or too expensive.
        </Message>
      )}
      {recorded && neighbours.state === "failed" && <p class="warning">{neighbours.message}</p>}
      {recorded && neighbours.state === "loading" && !neighbours.value && (
        <p class="faint">Loading…</p>
      )}
      {recorded && neighbours.value && neighbours.state !== "failed" && (
        <ol>
          {neighbours.value.neighbours.map((near) => (
            <li key={near.instance}>
              <button type="button" class="plain" onClick={() => onChoose(near.instance)}>
                <Near instance={near.instance} facts={facts} />
                <span class="pinned-distance">{short(near.distance)}</span>
              </button>
            </li>
          ))}
        </ol>
      )}
      {recorded && neighbours.value && (
        <p class="faint">{neighbours.value.metric} distance of full activations</p>
      )}
    </aside>
  );
}

function Near({ instance, facts }: Pick<Props, "instance" | "facts">) {
  const crop = instancePicture(facts.model, instance);
  const { name, truth } = described(instance, facts);
  return (
    <>
      {crop && <Picture crop={crop} size={20} label="" />}
      <Name name={name} />
      {truth !== null && <Name name={truth} class="faint" />}
    </>
  );
}
