/** The words of the page, one meaning each; `docs/glossary.md` has the same (a test). */

export interface Term {
  readonly word: string;
  readonly meaning: string;
}

export const TERMS: readonly Term[] = [
  { word: "run", meaning: "A folder of a log directory, as TensorBoard lists it." },
  {
    word: "step",
    meaning: "The number that a record was written with, usually of an optimizer step.",
  },
  { word: "record", meaning: "What was written at one step." },
  {
    word: "snapshot",
    meaning:
      "A run at a step. Two are on the page at once: A, above or left and filled, and the optional B, below or right and hatched or outlined.",
  },
  {
    word: "layer",
    meaning:
      "A module whose output is recorded, by its qualified name. A module that runs twice in a forward pass is two layers: relu, relu:1.",
  },
  {
    word: "block",
    meaning: "Consecutive layers whose names begin alike, shown as one node until it is opened.",
  },
  {
    word: "unit",
    meaning:
      "A neuron of a dense layer, a channel of a convolution, a hidden dimension of a token.",
  },
  {
    word: "activation",
    meaning:
      "A unit's output for one input, reduced over positions: the maximum by default. Padded positions do not count.",
  },
  { word: "class", meaning: "One of the categories that inputs are labelled with." },
  {
    word: "subset",
    meaning:
      "A named set of inputs: all, a class, a predicted class, a slice, a bin of a regression target.",
  },
  { word: "slice", meaning: "A subset that the training script names, such as attacked or night." },
  { word: "subject", meaning: "A subset at a snapshot: what distributions and graphs are of." },
  {
    word: "probe set",
    meaning:
      "A fixed list of inputs, the same at every step and in every run, known by a hash of its content. Only these inputs are stored.",
  },
  {
    word: "instance",
    meaning:
      "One input of the probe set. An attacked instance names the benign one that it was made from; the two are a pair.",
  },
  { word: "n", meaning: "The number of inputs behind a number; few marks fewer than 20." },
  {
    word: "predicted as",
    meaning:
      "The class with the highest output. Of an input it is right where it is the input's label.",
  },
  {
    word: "noise floor",
    meaning: "What chance alone would give two samples of these sizes from one distribution.",
  },
  {
    word: "dead unit",
    meaning:
      "A unit that is exactly 0 on every input of a record. It died if it was not dead before.",
  },
  {
    word: "receptive field",
    meaning: "The part of the input that a unit sees at one of its positions.",
  },
  {
    word: "feature visualization",
    meaning: "An image optimized to excite a unit.",
  },
  {
    word: "attribution graph",
    meaning: "The units that matter for a subset, and how they influence one another.",
  },
  {
    word: "ablation",
    meaning: "Replacing a unit's output by a constant, to see what the model does without it.",
  },
  {
    word: "adversarial strip",
    meaning:
      "An image that is changed little by little towards a class or a unit, shown as a row of frames. The flip is the first frame that is predicted as the target.",
  },
  {
    word: "map",
    meaning:
      "The probe set in two dimensions: inputs lie near each other where a layer answers them alike. Axes have no meaning.",
  },
  {
    word: "pivot",
    meaning:
      "One of the instances whose distances to all others are recorded, from which maps are made.",
  },
];
