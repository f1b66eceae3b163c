import type { Confusion, Model } from "../../api/schema";
import { short } from "../../model/format";
import { instancePicture } from "../../state/pictures";
import * as state from "../../state/store";
import { Message } from "../../ui/Message";
import { Name } from "../../ui/Name";
import { Picture } from "../../ui/Picture";

interface Props {
  readonly model: Model;
  readonly answer: Confusion;
  readonly names: readonly [truth: string, predicted: string];
}

const MOST = 8;
const PROBE_CODE = "Recorder(model, classes=classes, probe=ProbeSet.sample(dataset))";

/** The confused inputs, and beside each the nearest ones of both classes that are predicted rightly. */
export function WhyInstances({ model, answer, names: [truth, predicted] }: Props) {
  const { confused, confusedCount, seen, layer } = answer;
  if (seen === 0) {
    return (
      <section aria-label="Confused inputs">
        <h3>Which inputs?</h3>
        <Message
          title={model.probe ? `No ${truth} in the probe set` : "No probe set is recorded"}
          code={PROBE_CODE}
        >
          Single inputs are known of a probe set with the class in it.
        </Message>
      </section>
    );
  }
  return (
    <section aria-label="Confused inputs" class="why-instances">
      <h3>Which inputs?</h3>
      <p class="faint">
        {confusedCount} of the {seen} inputs of <Name name={truth} /> in the probe set
        {layer && (
          <>
            ; nearest by distance in <Name name={layer} />
          </>
        )}
      </p>
      {confused.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">
                <Name name={truth} /> predicted as <Name name={predicted} />
              </th>
              <th scope="col">
                nearest correct <Name name={truth} />
              </th>
              <th scope="col">
                nearest correct <Name name={predicted} />
              </th>
            </tr>
          </thead>
          <tbody>
            {confused.slice(0, MOST).map(({ instance, probability, nearestOwn, nearestOther }) => (
              <tr key={instance} data-instance={instance}>
                <td>
                  <Shown
                    model={model}
                    instance={instance}
                    text={`${predicted} ${short(probability, 2).replace(/^0/, "")}`}
                  />
                </td>
                {[nearestOwn, nearestOther].map((near, at) => (
                  <td key={at}>
                    {near ? (
                      <Shown
                        model={model}
                        instance={near.instance}
                        text={`distance ${short(near.distance, 2)}`}
                      />
                    ) : (
                      <span class="faint">–</span>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {confusedCount > MOST && <p class="faint">The {MOST} most confident ones are shown.</p>}
    </section>
  );
}

interface ShownProps {
  readonly model: Model;
  readonly instance: number;
  readonly text: string;
}

/** An instance that pressing chooses in all views. */
function Shown({ model, instance, text }: ShownProps) {
  const crop = instancePicture(model, instance);
  const isChosen = state.instances.value?.includes(instance) ?? false;
  return (
    <button
      type="button"
      class="why-instance"
      aria-pressed={isChosen}
      aria-label={`instance ${instance}, ${text}`}
      title={`instance ${instance}: choose it in all views`}
      onClick={() => state.toggleInstance(instance)}
    >
      {crop ? <Picture crop={crop} size={56} label="" /> : `instance ${instance}`}
      <span>{text}</span>
    </button>
  );
}
