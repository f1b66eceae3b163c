/** Every statistic that the page shows: its formula, how to read it, what it does not show. */

export interface Statistic {
  readonly name: string;
  readonly formula: string;
  readonly read: string;
  readonly limits: string;
}

/** By the id that components name; `docs/glossary.md` has the same (a test). */
export const STATISTICS = {
  accuracy: {
    name: "accuracy",
    formula: "inputs predicted as their label ÷ inputs with a label",
    read: "Of a class: the share of its inputs that are predicted as it (recall).",
    limits: "How many inputs of other classes are predicted as it; how sure the model is.",
  },
  error: {
    name: "mean absolute error",
    formula: "mean of |output − target|",
    read: "In units of the target; 0 is exact.",
    limits: "Whether the output is too high or too low.",
  },
  confidence: {
    name: "confidence",
    formula: "probability of the predicted class",
    read: "A histogram from 0 to 1: each bar is a share of the inputs.",
    limits: "Whether that confidence is justified: models are often sure and wrong.",
  },
  confusion: {
    name: "confusion",
    formula: "inputs of one class predicted as the other + the other way round",
    read: "A count of inputs at A.",
    limits: "Why: compare the two classes in Distributions and Graph.",
  },
  median: {
    name: "median and quantiles",
    formula: "interpolated within the bins of the histogram",
    read: "Half of the inputs lie below the median, 90 % between the 5 % and the 95 % quantile.",
    limits: "Detail within a bin, and the extremes beyond the histogram's window.",
  },
  mean: {
    name: "mean ± sd",
    formula: "mean and standard deviation of the activation over inputs",
    read: "Of finite values; the number of others stands beside it.",
    limits: "The shape: many units are 0 on most inputs.",
  },
  wasserstein: {
    name: "W₁",
    formula: "area between the two cumulative distributions ÷ pooled standard deviation",
    read: "Wasserstein distance: 1 σ means that activations move by one standard deviation on average. Rank by it.",
    limits: "Whether the distance is more than chance: see R. Nothing on what causes it.",
  },
  ratio: {
    name: "R",
    formula: "W₁ ÷ noise floor of two samples of these sizes",
    read: "1 is what chance gives. Below 3 a row is grey: it cannot be told from noise.",
    limits:
      "The size: with many inputs a small difference has a large R. Subsets that share inputs differ by less than R assumes.",
  },
  js: {
    name: "JS",
    formula: "Jensen–Shannon divergence of the histograms on 16 bins, less its bias, in bits",
    read: "0: equal; 1: no value in common.",
    limits: "How far apart values are: only whether they fall into the same bins.",
  },
  ks: {
    name: "KS",
    formula: "largest difference of the two cumulative distributions",
    read: "0: equal; 1: one lies wholly above the other.",
    limits: "Differences elsewhere than at that value.",
  },
  difference: {
    name: "difference",
    formula: "median, or activation of an instance, of the first − that of the second",
    read: "In units of the activation.",
    limits: "Differences of shape that leave the median where it is.",
  },
  correlation: {
    name: "correlation of matched units",
    formula: "Pearson correlation of two units' activations on the shared probe set",
    read: "Units of runs with different initial weights are paired so that its sum is largest.",
    limits:
      "That the two do the same elsewhere. Below .5, or below chance's 99 % quantile, units are unmatched.",
  },
  layerDivergence: {
    name: "divergence of a layer",
    formula: "mean over units of W₁, units that cannot be told from noise counted as 0",
    read: "Which layers tell the two subjects apart.",
    limits: "Whether few units differ much or many a little.",
  },
  dead: {
    name: "dead units",
    formula: "units that are 0 on every input of the record ÷ units",
    read: "High shares cost capacity; after a rectifier some are usual.",
    limits: "Units that are 0 on these inputs alone, and layers without a rectifier.",
  },
  change: {
    name: "change",
    formula: "mean over units of |mean now − mean then| ÷ pooled standard deviation",
    read: "Which layers still learn. The scale is logarithmic: log(1 + d).",
    limits: "Changes of shape that leave the mean; units that vary at neither step.",
  },
  separability: {
    name: "separability",
    formula: "mean over units of η² = variance between classes ÷ total variance",
    read: "0: the units do not tell classes apart; 1: the class decides the activation.",
    limits: "What units tell together. (K − 1) ÷ (N − 1) is chance for K classes and N inputs.",
  },
  count: {
    name: "count",
    formula: "inputs in which the unit is among the fewest that hold the share of activation",
    read: "In how many of the subset's inputs the unit is among the strongest of its layer.",
    limits: "Whether the model needs it: see importance.",
  },
  lift: {
    name: "lift",
    formula: "share of the class's inputs that count the unit ÷ mean of that share over classes",
    read: "×1: as for any class; ×5: five times as often.",
    limits: "How often: a unit that is hardly ever active can have a large lift.",
  },
  importance: {
    name: "importance",
    formula: "Σ over positions of gradient × (activation − its mean), averaged over sampled inputs",
    read: "By how much the class's output would fall if the unit were replaced by its mean.",
    limits:
      "It is an estimate: exact in the last hidden layer, good elsewhere. Ablation measures it.",
  },
  pagerank: {
    name: "PageRank",
    formula:
      "share of a random walk along influence, restarting in proportion to counts (damping .85)",
    read: "Units that are active for the subset and central among such units.",
    limits: "Whether the model needs them; hubs that every class uses rank high.",
  },
  pagerankLift: {
    name: "PageRank lift",
    formula: "PageRank ÷ its mean over the classes",
    read: "×1: as central as for any class.",
    limits: "How central: rarely active units can have a large one.",
  },
  kept: {
    name: "kept",
    formula: "sum over the units shown ÷ sum over all units of what units are chosen by",
    read: "How much of the whole the picture stands for.",
    limits: "What the units left out do together.",
  },
  contribution: {
    name: "contribution",
    formula: "weight × activation, while the consumer is active, ÷ Σ of all |contributions| to it",
    read: "How much of what the consumer receives comes from the producer; negative inhibits.",
    limits: "What would happen without it beyond first order; links drawn dotted are not measured.",
  },
  top5: {
    name: "top-5 count (Summit)",
    formula: "inputs in which the producer is among the five strongest of the consumer ÷ inputs",
    read: "How reliably the producer feeds the consumer.",
    limits: "By how much, and whether it excites or inhibits.",
  },
  similarity: {
    name: "similarity of classes",
    formula: "cosine of the two classes' activation counts in a layer",
    read: "1: the same units are active for both; 0: no unit is.",
    limits: "Whether the model confuses them.",
  },
  stress: {
    name: "stress",
    formula: "√(Σ (distance on the map − recorded distance)² ÷ Σ distance on the map²)",
    read: "0 is exact; .3 to .4 is usual for wide layers, which have more than two dimensions.",
    limits: "Which points are misplaced.",
  },
  trustworthiness: {
    name: "trustworthiness",
    formula:
      "1 − normalized ranks of neighbours on the map that are none in the layer (Venna & Kaski)",
    read: "1: what is near on the map is near in the layer; a random map has about .5.",
    limits: "Whether neighbours in the layer are near on the map: see continuity.",
  },
  continuity: {
    name: "continuity",
    formula: "1 − normalized ranks of neighbours in the layer that are none on the map",
    read: "1: what is near in the layer is near on the map.",
    limits: "Whether neighbours on the map are real: see trustworthiness.",
  },
  preservation: {
    name: "neighbours kept",
    formula: "share of the 15 nearest in the layer that are among the 15 nearest on the map",
    read: "1: all of them.",
    limits: "How far off the others are.",
  },
  residual: {
    name: "residual",
    formula:
      "RMS distance to the reference map after rotation, mirrored where that fits better, in radii",
    read: "0: the two maps coincide. The reference is the layer before, or the last step.",
    limits: "Which points moved.",
  },
  axis: {
    name: "second axis arbitrary",
    formula: "(λ₂ − λ₃) ÷ λ₂ < .05",
    read: "A third axis explains as much variance as the second, so the map may turn from step to step.",
    limits: "Anything about distances: see stress.",
  },
  tail: {
    name: "tail",
    formula: "units outside the range seen in the class ÷ units",
    read: "0: every unit is where it was seen before.",
    limits: "How far outside; the range grows with n.",
  },
  surprisal: {
    name: "surprisal",
    formula: "mean over units of −ln of the two-sided tail probability",
    read: "1 is what a typical input of the class has on average; larger is more unusual.",
    limits: "Dependence between units.",
  },
  robustZ: {
    name: "robust z",
    formula: "mean over units of |x − median| ÷ (1.4826 · MAD), at most 20 each",
    read: "Distance from the class's median in robust standard deviations.",
    limits: "Units with several modes.",
  },
  baselines: {
    name: "max-softmax, margin, energy",
    formula: "1 − largest probability; −(largest − second logit); −ln Σ exp(logit)",
    read: "Scores from the logits alone; they rise with suspicion, as divergence does.",
    limits: "Attacks that make the model sure.",
  },
  auroc: {
    name: "AUROC",
    formula: "share of pairs in which the attacked input scores higher than the benign one",
    read: ".5 is chance. ▲ above .5 and ▼ below are significant after correction (Benjamini–Hochberg, 5 %).",
    limits: "A threshold to use; what an attacker who knows the score could do.",
  },
  success: {
    name: "success",
    formula: "attacked inputs whose prediction changes ÷ inputs attacked",
    read: "Only successful attacks are compared with benign inputs.",
    limits: "Whether a person would see the change.",
  },
  predictedChange: {
    name: "predicted change",
    formula: "−gradient of the class's logit × (activation − replacement), averaged over inputs",
    read: "First-order estimate of the change of the logit; negative: the class needs the unit.",
    limits: "Accuracy after the ablation, which is never predicted.",
  },
  measuredChange: {
    name: "measured change",
    formula: "mean logit with the unit replaced − mean logit",
    read: "Negative: the class needs the unit. Beside it accuracy before → after.",
    limits: "What several units do together: one may stand in for another.",
  },
  gained: {
    name: "most gained class",
    formula: "the class that most additional inputs are predicted as after the ablation",
    read: "What the class is confused with where the unit is missing.",
    limits: "By how many: see accuracy.",
  },
  norm: {
    name: "‖δ‖₂, ‖δ‖∞",
    formula: "root of the sum of squares, and largest absolute value, of the change in pixels",
    read: "How large a change is; the random control has the same norm.",
    limits: "Whether a person sees it.",
  },
  stripSaliency: {
    name: "saliency of a frame",
    formula: "|gradient ⊙ change| summed over channels",
    read: "White: the pixels whose change makes the effect, to first order.",
    limits: "Pixels that act only together.",
  },
  saliency: {
    name: "saliency map",
    formula:
      "occlusion: fall of the logit ÷ covered pixels; integrated gradients: (pixel − baseline) × mean gradient",
    read: "What each pixel adds to the logit of the predicted class; two colours for and against.",
    limits: "Pixels that act only together; another baseline gives another map.",
  },
} as const satisfies Readonly<Record<string, Statistic>>;

export type StatisticId = keyof typeof STATISTICS;
