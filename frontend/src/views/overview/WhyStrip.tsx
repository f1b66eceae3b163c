import { ofModel, picture } from "../../api/ask";
import type { Model } from "../../api/schema";
import { strip as stripOf, strips as stripsOf } from "../../api/strips";
import type { StripSummary } from "../../api/types";
import { className } from "../../model/names";
import { useAnswer } from "../../state/answers";
import { openLink } from "../../state/links";
import type { Confusion } from "../../state/shared";
import { Name } from "../../ui/Name";

interface Props {
  readonly model: Model;
  readonly confusion: Confusion;
  readonly names: readonly [truth: string, predicted: string];
}

/** A strip whose input is predicted as one of two classes, and then as the other; inputs of the true class first. */
export function stripBetween(
  strips: readonly StripSummary[],
  [truth, predicted]: Confusion,
): StripSummary | null {
  const from = (label: number, first: number, then: number) =>
    strips.find(
      (one) => one.label === label && one.prediction === first && one.target === `class:${then}`,
    );
  return (
    from(truth, truth, predicted) ??
    from(truth, predicted, truth) ??
    from(predicted, predicted, truth) ??
    null
  );
}

/** The recorded strip between both classes; nothing where there is none. */
export function WhyStrip({ model, confusion, names }: Props) {
  const list = useAnswer(model.strips > 0 ? stripsOf(model) : null);
  const found = stripBetween(list.value ?? [], confusion);
  const { value: strip } = useAnswer(found && stripOf(model, found.id));
  if (!found) return null;
  const [from, to] = found.prediction === confusion[0] ? names : names.toReversed();
  const address = (number: number) =>
    picture("strip_picture", { ...ofModel(model), id: found.id, picture: number });
  return (
    <section aria-label="Adversarial strip" class="why-strip">
      <h3>What would change it?</h3>
      <p class="faint">
        An input of <Name name={className(model, found.label)} />, predicted as{" "}
        <Name name={from ?? ""} />, is changed little by little towards <Name name={to ?? ""} />.
      </p>
      <ol>
        {strip?.frames.map(({ step, prediction }, frame) => (
          <li key={step} class={prediction === confusion[1] ? "is-predicted" : ""}>
            <img
              src={address(strip.picture.image + frame)}
              alt={`frame ${frame}, predicted ${className(model, prediction)}`}
              loading="lazy"
            />
            <Name name={className(model, prediction)} />
          </li>
        ))}
      </ol>
      <button
        type="button"
        data-undrawn
        onClick={() =>
          openLink({ view: "what-if", whatIf: { question: "strips", strip: found.id } })
        }
      >
        Show in What if
      </button>
    </section>
  );
}
