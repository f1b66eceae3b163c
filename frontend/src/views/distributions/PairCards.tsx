import { ofModel, ofMoment, picture, request } from "../../api/ask";
import type { Instance, Model } from "../../api/schema";
import type { Moment } from "../../api/types";
import { instanceMarks } from "../../model/color";
import { className } from "../../model/names";
import type { InstanceMark } from "../../model/shown";
import { useAnswer } from "../../state/answers";
import * as state from "../../state/store";
import { PairCard, type Side } from "./PairCard";

interface Props {
  readonly model: Model;
  readonly chosen: readonly number[];
  readonly instances: readonly Instance[];
}

/** A card for every attacked instance that is chosen, beside the benign one that it was made from. */
export function PairCards({ model, chosen, instances }: Props) {
  const moment = state.a.value;
  const attacked = chosen.filter((instance) => (instances[instance]?.pair ?? -1) >= 0);
  if (!moment || !attacked.length) return null;
  const marks = instanceMarks(instances, chosen, state.theme.value);
  return (
    <div class="pairs">
      {attacked.map((instance, place) => (
        <Pair
          key={instance}
          model={model}
          moment={moment}
          attacked={instance}
          instances={instances}
          marks={marks}
          startsOpen={place === 0}
        />
      ))}
    </div>
  );
}

interface PairProps {
  readonly model: Model;
  readonly moment: Moment;
  readonly attacked: number;
  readonly instances: readonly Instance[];
  readonly marks: readonly InstanceMark[];
  readonly startsOpen: boolean;
}

function Pair({ model, moment, attacked, instances, marks, startsOpen }: PairProps) {
  const benign = instances[attacked]?.pair ?? -1;
  const said = useAnswer(request("predictions", ofMoment(moment)));
  const distances = useAnswer(
    request("neural_divergence", { ...ofMoment(moment), i: [benign, attacked] }),
  );
  const side = (instance: number): Side => {
    const { shape, data: top } = said.value?.arrays.top ?? {
      shape: [0, 0],
      data: new Uint8Array(),
    };
    const best = instance * (shape[1] ?? 0);
    const predicted = top[best];
    const found = distances.value?.instances.find((candidate) => candidate.instance === instance);
    return {
      name: instances[instance]?.name ?? `instance ${instance}`,
      note: instances[instance]?.note ?? "",
      colour: marks.find((mark) => mark.instance === instance)?.colour ?? "var(--faint)",
      picture: model.probe?.pictured ? picture("thumbnail", { ...ofModel(model), instance }) : null,
      verdict:
        predicted === undefined
          ? null
          : {
              name: className(model, predicted),
              probability: said.value?.arrays.probability.data[best] ?? Number.NaN,
            },
      truth: className(model, instances[instance]?.label ?? -1),
      layers: found?.layers ?? [],
      maxSoftmax: found?.maxSoftmax ?? null,
    };
  };
  const problems = [said, distances].flatMap((answer) =>
    answer.state === "failed" ? [answer.message] : [],
  );
  return (
    <PairCard
      benign={side(benign)}
      attacked={side(attacked)}
      lossless={model.probe?.lossless ?? false}
      shown={state.layers.value ?? []}
      startsOpen={startsOpen}
      problem={problems.length ? [...new Set(problems)].join("; ") : null}
    />
  );
}
