import { ofModel, request } from "../../api/ask";
import type { Model } from "../../api/schema";
import type { UnitId } from "../../api/types";
import type { Crop } from "../../model/crop";
import { answerTo } from "../../state/answers";
import { facets, instancePicture } from "../../state/pictures";
import { Picture } from "../../ui/Picture";

interface Props {
  readonly model: Model;
  readonly step: number;
  readonly unit: UnitId;
}

/** Pixels of a picture in a line. */
const SIZE = 24;

/** What a unit looks for, in small: its feature visualisation, or what it sees of its best example. */
export function UnitFace({ model, step, unit }: Props) {
  const [facet] = facets(model, step, unit);
  const crop = facet ?? bestExample(model, step, unit);
  return crop && <Picture crop={crop} size={SIZE} label="" />;
}

function bestExample(model: Model, step: number, unit: UnitId): Crop | null {
  if (model.exampleSteps.length === 0) return null;
  const asked = { ...ofModel(model), step, layer: unit.layer, unit: unit.unit };
  const found = answerTo(request("examples", asked)).value;
  const [best] = found?.hash === model.probe?.hash ? (found?.examples ?? []) : [];
  return best ? instancePicture(model, best.instance, best.box) : null;
}
