/** What routes take and answer. Made by `make schema` from tb_plugin_neural/routes; do not edit. */

/** An array as it travels: a flat typed array and its shape, in C order. */
export interface Tensor<A> {
  readonly data: A;
  readonly shape: readonly number[];
}

/** Counts come in the narrowest unsigned type that holds them. */
export type Counts = Tensor<Uint8Array | Uint16Array | Uint32Array>;
export type Floats = Tensor<Float32Array>;

/** The answer of a route that sends arrays. */
export interface Answer<Arrays, Meta> {
  readonly arrays: Arrays;
  readonly meta: Meta;
}

/** What is compared, as it is sent: a subset of the inputs of a model at a step. */
export type SentSubject = readonly [run: string, model: string, step: number, subset: string];

export type Identity = "same" | "weights" | "matched" | "none";
export type LinkKind = "direct" | "composed" | "identity" | "gated" | "linearised" | "unmeasured";
export type Link = readonly [string, string, LinkKind];
export type Measure = "contribution" | "maximum" | "summit";
export type Replacement = "mean" | "zero";
export type Task = "multiclass" | "binary" | "multilabel" | "regression";
export type Numbers = readonly (number | null)[];
export type Box = readonly [number, number, number, number];
export type Side = "A" | "both" | "B";
export type Norm = "l2" | "linf";
export type Verdict = "detects" | "reversed" | "none";

/** A recorded layer. */
export interface Layer {
  /** Qualified name of the module, with `:1` for its second call. */
  readonly name: string;
  /** Class of the module. */
  readonly type: string;
  /** Number of its units. */
  readonly units: number;
  /** Of positions: `max`, `mean`, or `none` where there are none. */
  readonly reduction: string;
  /** Whether it makes the prediction. */
  readonly output: boolean;
}

/** The probe set. */
export interface ProbeSummary {
  /** Of the inputs' content. */
  readonly hash: string;
  /** Number of instances. */
  readonly size: number;
  /** Whether there are pictures. */
  readonly pictured: boolean;
  /** Whether these are the inputs' exact pixels. */
  readonly lossless: boolean;
}

/** One recorder's records in one run. */
export interface Session {
  /** 8 hexadecimal digits. */
  readonly session: string;
  /** Its own: a job's is the sub-run. */
  readonly run: string;
  /** The step it begins with. */
  readonly firstStep: number;
  /** When it began, in seconds since 1970. */
  readonly wallTime: number;
}

/** Records for attribution graphs. */
export interface GraphSummary {
  /** With activation counts. */
  readonly steps: readonly number[];
  /** That are counted. */
  readonly subsets: readonly string[];
  /** Subsets with influence of their own. */
  readonly influence: readonly string[];
  /** Shares of the activation mass, a way of counting each. */
  readonly masses: readonly number[];
  /** What the mass is of: `activation`, `deviation`. */
  readonly of: readonly string[];
  /** Of influence. */
  readonly measures: readonly Measure[];
  /** Producer, consumer, and how one feeds the other. */
  readonly links: readonly Link[];
  /** What could not be traced. */
  readonly notes: readonly string[];
}

/** Records for maps of the probe set. */
export interface ProjectionSummary {
  /** With distances. */
  readonly steps: readonly number[];
  /** `euclidean` or `cosine`. */
  readonly metric: string | null;
  /** How many there are. */
  readonly pivots: number;
  /** Instances whose mutual distances are kept. */
  readonly focus: readonly number[];
  /** Whether nearest ones are recorded. */
  readonly neighbours: boolean;
  /** Steps with maps made beforehand, by method. */
  readonly methods: Readonly<Record<string, readonly number[]>>;
}

/** Saliency maps recorded by one method. */
export interface SaliencySummary {
  /** With maps. */
  readonly steps: readonly number[];
  /** Of the probe set, with maps. */
  readonly instances: readonly number[];
}

/** A problem: what could not be recorded or read. */
export interface Problem {
  /** What it concerns. */
  readonly what: string;
  /** How often. */
  readonly count: number;
  /** Why. */
  readonly message: string;
}

/** A recorded model in a run. */
export interface Model {
  /** Of TensorBoard's. */
  readonly run: string;
  /** The recorder's name. */
  readonly model: string;
  /** What the model is called for people; empty where nobody said. */
  readonly title: string;
  /** What its inputs are called; likewise. */
  readonly data: string;
  /** `null` for none. */
  readonly task: Task | null;
  /** Names by index. */
  readonly classes: readonly string[];
  /** Rising; what jobs add after training makes none. */
  readonly steps: readonly number[];
  /** Seconds since 1970, one a step. */
  readonly wallTimes: readonly number[];
  /** In the order of execution. */
  readonly layers: readonly Layer[];
  /** Keys of those with histograms. */
  readonly subsets: readonly string[];
  /** Readable names of `target:` and `error:` keys. */
  readonly subsetNames: Readonly<Record<string, string>>;
  /** Keys of the subsets with mean and deviation only. */
  readonly moments: readonly string[];
  /** Module mode of the newest histograms: `train`, `eval`, `mixed`. */
  readonly mode: string | null;
  /** `null` without a probe set. */
  readonly probe: ProbeSummary | null;
  /** With activations of the probe set. */
  readonly probeSteps: readonly number[];
  /** Fingerprint of the parameters at the first session's beginning. */
  readonly weights: string;
  /** The two classes most often predicted as one another. */
  readonly confused: readonly number[] | null;
  /** The last two layers before the output. */
  readonly hidden: readonly string[];
  /** Oldest first. */
  readonly sessions: readonly Session[];
  /** What is not recorded, and which argument changes that. */
  readonly leftOut: readonly string[];
  /** Steps by kind of record, see data formats. */
  readonly recorded: Readonly<Record<string, readonly number[]>>;
  /** `null` without activation counts. */
  readonly graph: GraphSummary | null;
  /** With feature visualizations. */
  readonly facetSteps: readonly number[];
  /** With the instances that excite units most. */
  readonly exampleSteps: readonly number[];
  /** Whether there are classes to map. */
  readonly embedding: boolean;
  /** Whether units were given names. */
  readonly named: boolean;
  /** `null` without distances and maps. */
  readonly projection: ProjectionSummary | null;
  /** Number of adversarial strips. */
  readonly strips: number;
  /** By method. */
  readonly saliency: Readonly<Record<string, SaliencySummary>>;
  /** With measured ablations. */
  readonly ablationSteps: readonly number[];
  /** With attack reports. */
  readonly attackReportSteps: readonly number[];
  /** Whether sizes or links of layers are recorded. */
  readonly architecture: boolean;
  /** That the recorder logged. */
  readonly problems: readonly Problem[];
  /** At rest of what TensorBoard retains for it, estimated. */
  readonly bytes: number;
}

/** Everything there is. */
export interface Index {
  /** Of this package. */
  readonly version: string;
  /** By run and name. */
  readonly models: readonly Model[];
  /** Series and records that could not be read so far. */
  readonly problems: readonly Problem[];
}

/** Run, step and subset that a finding is about. */
export interface FindingSubject {
  /** Of TensorBoard's. */
  readonly run: string;
  /** The recorder's name. */
  readonly model: string;
  /** The one that was found. */
  readonly step: number;
  /** Key of the inputs. */
  readonly subset: string;
}

/** A selection of the page by key of its address; what is `null` stays as it is. */
export interface FindingLink {
  /** Id of a view. */
  readonly view: string;
  /** Run, model, step of A. */
  readonly a: readonly [string, string, number];
  /** Run, model, `pinned`, step of B. */
  readonly b: readonly [string, string, string, number] | null;
  /** That are shown. */
  readonly layers: readonly string[] | null;
  /** Key and hue of those shown. */
  readonly subsets: readonly (readonly [string, number])[] | null;
  /** Of the probe set. */
  readonly instances: readonly number[] | null;
  /** Layer and number of the unit whose panel is open. */
  readonly unit: readonly [string, number] | null;
  /** Units that stand out, by layer. */
  readonly marked: readonly (readonly [string, readonly number[]])[] | null;
}

/** A statement with its effect and its uncertainty. */
export interface Finding {
  /** What it is, for machines. */
  readonly kind: string;
  /** Something is broken; unusual; what is usual as well. */
  readonly severity: "act" | "look" | "note";
  /** The finding in words, with its numbers. */
  readonly sentence: string;
  /** One, or after and before of a comparison. */
  readonly subjects: readonly FindingSubject[];
  /** That it is about. */
  readonly layer: string | null;
  /** That it is about, in the order of execution. */
  readonly layers: readonly string[];
  /** Of `layer`, at most 50. */
  readonly units: readonly number[];
  /** How many units there are. */
  readonly unitCount: number;
  /** Names. */
  readonly classes: readonly string[];
  /** Of the probe set, at most 50. */
  readonly instances: readonly number[];
  /** How many there are. */
  readonly instanceCount: number;
  /** How large it is, in `scale`. */
  readonly effect: number;
  /** End of its 95 % interval; `null` where it was counted. */
  readonly low: number | null;
  /** The other end. */
  readonly high: number | null;
  /** `share`, `sigma`, `factor`, `units`, `fields`. */
  readonly scale: string;
  /** Inputs that the effect was had from. */
  readonly n: number;
  /** Of such an effect under the null hypothesis; `null` where plain. */
  readonly p: number | null;
  /** P corrected for all that was tested (Benjamini–Hochberg). */
  readonly q: number | null;
  /** The same effect between neighbouring records. */
  readonly churn: number | null;
  /** Smallest effect of the kind that is worth a word. */
  readonly floor: number;
  /** The rule or test. */
  readonly convention: string;
  /** What to do now. */
  readonly next: string | null;
  /** The picture that shows it. */
  readonly link: FindingLink;
}

/** The findings of a subject. */
export interface Findings {
  /** Version of this answer. */
  readonly schema: number;
  /** What they are about. */
  readonly subject: FindingSubject;
  /** What it was compared with. */
  readonly against: FindingSubject | null;
  /** Hypotheses that were tested. */
  readonly tested: number;
  /** What would have been found, where no change was. */
  readonly nothing: string | null;
  /** The gravest first. */
  readonly findings: readonly Finding[];
}

/** A subject as it was found. */
export interface DistributionSubject {
  /** As asked. */
  readonly run: string;
  /** As asked. */
  readonly model: string;
  /** The one found; `null` where the run lacks the layer. */
  readonly step: number | null;
  /** As asked. */
  readonly subset: string;
  /** In the subset. */
  readonly inputs: number;
  /** Module mode: `train`, `eval`, `mixed`. */
  readonly mode: string | null;
  /** Below 20 inputs. */
  readonly few: boolean;
  /** By what units correspond to the first subject's. */
  readonly identity: Identity;
  /** Why `identity` is `none`. */
  readonly reason: string | null;
  /** Of the probe set, by which units are `matched`. */
  readonly instances: number | null;
  /** Correlation from which they are. */
  readonly threshold: number | null;
}

/** Whose distributions these are. */
export interface DistributionsMeta {
  /** As asked. */
  readonly layer: string;
  /** In the order asked for. */
  readonly subjects: readonly DistributionSubject[];
}

/** Divergence of two subjects in a layer. */
export interface LayerDifference {
  /** Of the layer. */
  readonly name: string;
  /** Of the units' distances; units within noise count as 0. */
  readonly mean: number | null;
  /** Mean of the top 5 %. */
  readonly top: number | null;
  /** Units that can be told from noise. */
  readonly telling: number | null;
  /** Of the layer. */
  readonly units: number | null;
  /** Sorted distances at 8 evenly spaced ranks, descending. */
  readonly profile: readonly number[] | null;
  /** Why there are no numbers. */
  readonly reason: string | null;
}

/** Divergence of two subjects, layer by layer. */
export interface LayerDifferences {
  /** Of the first subject's run. */
  readonly layers: readonly LayerDifference[];
}

/** The steps of an answer's rows. */
export interface StepsMeta {
  /** Rising. */
  readonly steps: readonly number[];
}

/** Steps and subsets of class metrics. */
export interface MetricsMeta {
  /** Rising. */
  readonly steps: readonly number[];
  /** Keys of the subsets. */
  readonly rows: readonly string[];
  /** Inputs seen, one a step. */
  readonly total: readonly number[];
  /** Of these without a known label. */
  readonly unlabelled: readonly number[];
  /** Of `confusion` and `probability`. */
  readonly step: number;
  /** Module mode there. */
  readonly mode: string;
}

/** One input of the probe set. */
export interface Instance {
  /** For people. */
  readonly name: string;
  /** Index of its class, or -1. */
  readonly label: number;
  /** The benign instance that it is an altered copy of, or -1. */
  readonly pair: number;
  /** What was done to it. */
  readonly note: string;
  /** That it is in. */
  readonly slices: readonly string[];
  /** Shown where there is no picture. */
  readonly text: string;
}

/** The probe set. */
export interface Instances {
  /** Of the inputs' content. */
  readonly hash: string;
  /** Whether there are pictures. */
  readonly pictured: boolean;
  /** Whether these are the inputs' exact pixels. */
  readonly lossless: boolean;
  /** In its order. */
  readonly instances: readonly Instance[];
}

/** Step that the answer belongs to. */
export interface AtStep {
  /** The step that was found. */
  readonly step: number;
}

/** Steps of activations and of the subset that they are compared with. */
export interface ActivationsMeta {
  /** Of the activations. */
  readonly step: number;
  /** Of the subset's histograms. */
  readonly subsetStep: number;
  /** In the subset. */
  readonly inputs: number;
  /** How often each instance is among them, and left out; null if not known. */
  readonly seen: readonly number[] | null;
}

/** Divergence of an instance from a class in a layer. */
export interface Distance {
  /** Share of the units outside the range seen in the class. */
  readonly tail: number | null;
  /** Mean of −ln of the two-sided tail probability. */
  readonly surprisal: number | null;
  /** Mean of |x − median| / (1.4826 · MAD), clipped at 20. */
  readonly robustZ: number | null;
  /** Of the class. */
  readonly inputs: number;
  /** How often the instance is among them, and left out; null if not known. */
  readonly seen: number | null;
}

/** Divergence of an instance from two classes in a layer. */
export interface LayerDistances {
  /** Of the layer. */
  readonly name: string;
  /** From the class it is predicted as. */
  readonly predicted: Distance | null;
  /** From its true class. */
  readonly label: Distance | null;
  /** Why a distance is missing. */
  readonly reason: string | null;
}

/** Divergence of an instance from two classes, in all layers. */
export interface InstanceDivergence {
  /** Number in the probe set. */
  readonly instance: number;
  /** Index of a class. */
  readonly predicted: number;
  /** Index of a class, or -1. */
  readonly label: number;
  /** Probability of the predicted class. */
  readonly maxSoftmax: number | null;
  /** With activations of the probe set at this step. */
  readonly layers: readonly LayerDistances[];
}

/** Divergence of instances from the class they are predicted as, and from their own. */
export interface NeuralDivergence {
  /** Of the predictions that were found. */
  readonly step: number;
  /** In the order asked for. */
  readonly instances: readonly InstanceDivergence[];
}

/** A subject as it was found. */
export interface GraphSubject {
  /** As asked. */
  readonly run: string;
  /** As asked. */
  readonly model: string;
  /** The one found. */
  readonly step: number;
  /** As asked. */
  readonly subset: string;
  /** In the subset. */
  readonly inputs: number;
  /** Of these, that influence was measured on. */
  readonly sampled: number;
  /** Below 20 inputs. */
  readonly few: boolean;
  /** By what B's units correspond to A's. */
  readonly identity: Identity;
  /** Why `identity` is `none`. */
  readonly reason: string | null;
  /** Of the probe set, by which units are `matched`. */
  readonly instances: number | null;
  /** Correlation from which they are. */
  readonly threshold: number | null;
}

/** A row of the graph. */
export interface GraphLayer {
  /** Of the layer. */
  readonly name: string;
  /** Class of the module. */
  readonly type: string;
  /** Of the layer. */
  readonly units: number;
  /** Share of the absolute activation mass that is negative. */
  readonly negative: number | null;
  /** What its mass is of. */
  readonly of: string;
  /** Layers that the row stands for. */
  readonly inner: readonly string[];
  /** Whether it makes the prediction. */
  readonly output: boolean;
}

/** Position of a unit's pictures in `/facet_atlas`. */
export interface FacetPlace {
  /** Of the atlas. */
  readonly id: string;
  /** The first. */
  readonly tile: number;
  /** How many there are. */
  readonly count: number;
}

/** A unit that is shown. */
export interface GraphNode {
  /** Place among the layers. */
  readonly layer: number;
  /** A's number of it; B's, of one that only B has. */
  readonly unit: number;
  /** B's number of it. */
  readonly other: number | null;
  /** Whether all networks that are shown have it. */
  readonly matched: boolean;
  /** Whose graph it is in. */
  readonly side: Side;
  /** Whether other inputs would very likely say the same of the sides. */
  readonly decided: boolean;
  /** Personalized PageRank. */
  readonly rank: Numbers;
  /** What it was chosen by. */
  readonly score: Numbers;
  /** Inputs in which it is in the top mass. */
  readonly count: Numbers;
  /** `count` over the subset's inputs. */
  readonly share: Numbers;
  /** Lower end of its 95 % interval. */
  readonly shareLow: Numbers;
  /** Upper end. */
  readonly shareHigh: Numbers;
  /** Estimated fall of the class's output without it. */
  readonly importance: Numbers;
  /** Standard error of the importance, by the inputs sampled. */
  readonly importanceError: Numbers;
  /** Rank over its mean over the classes. */
  readonly lift: Numbers;
  /** Instance, then top, left, bottom, right as shares of the input's height and width. */
  readonly examples: readonly (readonly [number, number, number, number, number])[];
  /** Its feature visualizations. */
  readonly facet: FacetPlace | null;
  /** That it was given. */
  readonly name: string | null;
}

/** One unit feeds another. */
export interface GraphEdge {
  /** Place of the producer among the nodes. */
  readonly from: number;
  /** Of the consumer. */
  readonly to: number;
  /** Whose graph it is in. */
  readonly side: Side;
  /** Signed share of the consumer's absolute influence. */
  readonly weight: Numbers;
  /** How one feeds the other. */
  readonly kind: LinkKind;
  /** Whether other inputs would very likely say the same. */
  readonly decided: boolean;
}

/** Measures, shares and conventions that can be requested. */
export interface GraphWays {
  /** Shares of the activation mass. */
  readonly masses: readonly number[];
  /** What the mass is of. */
  readonly of: readonly string[];
  /** Of influence. */
  readonly measures: readonly Measure[];
}

/** The units that matter for one subset, or for two, and how they feed each other. */
export interface Graph {
  /** In the order asked for. */
  readonly subjects: readonly GraphSubject[];
  /** `null` where no influence is recorded. */
  readonly measure: Measure | null;
  /** What contributions compare activations with. */
  readonly baseline: Replacement | null;
  /** Share that counts. */
  readonly mass: number | null;
  /** What the mass is of. */
  readonly of: string;
  /** Share of the score that the units kept hold. */
  readonly retained: Numbers;
  /** How often more was kept so that no layer is cut off. */
  readonly relaxed: number;
  /** What A's units were chosen by. */
  readonly ranking: "importance" | "pagerank" | "lift";
  /** Whether units were kept by rank × lift. */
  readonly lift: boolean;
  /** Whether rank follows edges from consumers to producers only. */
  readonly directed: boolean;
  /** Input side first. */
  readonly layers: readonly GraphLayer[];
  /** Layer by layer. */
  readonly nodes: readonly GraphNode[];
  /** Of each consumer the 8 strongest. */
  readonly edges: readonly GraphEdge[];
  /** What is missing, and what stands for it. */
  readonly notes: readonly string[];
  /** What may be asked for. */
  readonly options: GraphWays;
}

/** Step, layer and reference of similarities. */
export interface SimilarityMeta {
  /** As asked. */
  readonly layer: string;
  /** The step that was found. */
  readonly step: number;
  /** Keys of the classes. */
  readonly rows: readonly string[];
}

/** Method and parameters of the class maps. */
export interface EmbeddingMeta {
  /** The step that was found. */
  readonly step: number;
  /** In the order of execution. */
  readonly layers: readonly string[];
  /** Keys of the classes. */
  readonly rows: readonly string[];
  /** One a layer: as recorded (`umap`), else `mds`. */
  readonly method: readonly string[];
  /** Classes that are not placed. */
  readonly leftOut: readonly string[];
  /** Why there is no map. */
  readonly reason: string | null;
}

/** A unit that feeds another, or is fed by it. */
export interface Neighbour {
  /** Of the unit. */
  readonly layer: string;
  /** Its number. */
  readonly unit: number;
  /** As of a graph's edge. */
  readonly weight: number | null;
  /** How one feeds the other. */
  readonly kind: LinkKind;
  /** Recorded share of the consumer's absolute influence. */
  readonly kept: number | null;
}

/** Weights over steps. */
export interface InfluenceHistory {
  /** A row for each, a value a step. */
  readonly producers: readonly Numbers[];
  /** Likewise. */
  readonly consumers: readonly Numbers[];
}

/** Strongest producers and consumers of a unit. */
export interface Influence {
  /** The step that was found. */
  readonly step: number;
  /** `null` where no influence is recorded. */
  readonly measure: Measure | null;
  /** What contributions compare activations with. */
  readonly baseline: Replacement | null;
  /** Whose influence it is. */
  readonly subset: string;
  /** That it was measured on. */
  readonly inputs: number;
  /** The 8 strongest. */
  readonly producers: readonly Neighbour[];
  /** Likewise. */
  readonly consumers: readonly Neighbour[];
  /** Of `history`, at most 500. */
  readonly steps: readonly number[];
  /** Of those listed. */
  readonly history: InfluenceHistory;
}

/** A class that activates a unit. */
export interface Served {
  /** Its key. */
  readonly subset: string;
  /** Of the class. */
  readonly inputs: number;
  /** Of these, with the unit in the top mass. */
  readonly count: number;
  /** `count` over `inputs`. */
  readonly share: number | null;
  /** Lower end of its 95 % interval. */
  readonly shareLow: number | null;
  /** Upper end. */
  readonly shareHigh: number | null;
  /** Of the unit for the class. */
  readonly importance: number | null;
  /** Its standard error, by the inputs sampled. */
  readonly importanceError: number | null;
  /** Share over its mean over classes. */
  readonly lift: number | null;
  /** Lower end of its interval, which holds 95 % or more. */
  readonly liftLow: number | null;
  /** Upper end. */
  readonly liftHigh: number | null;
}

/** A unit's importance and activation for a subset, over the steps. */
export interface ServedHistory {
  /** Rising, at most 500. */
  readonly steps: readonly number[];
  /** A value a step. */
  readonly share: Numbers;
  /** A value a step. */
  readonly importance: Numbers;
}

/** The classes that activate a unit. */
export interface Serves {
  /** The step that was found. */
  readonly step: number;
  /** By lift × share, at most 100. */
  readonly classes: readonly Served[];
  /** Classes that there are besides. */
  readonly left: number;
  /** Of the subject's subset, where one is given. */
  readonly history: ServedHistory | null;
}

/** An instance that excites a unit. */
export interface Example {
  /** Number in the probe set. */
  readonly instance: number;
  /** Pooled activation, `null` where none is recorded there. */
  readonly value: number | null;
  /** Top, left, bottom, right as shares of the input's height and width. */
  readonly box: Box;
  /** Of the maximum, an axis each. */
  readonly position: readonly number[];
}

/** The instances of the probe set that excite a unit most. */
export interface Examples {
  /** The step that was found. */
  readonly step: number;
  /** Of the probe set. */
  readonly hash: string;
  /** Best first. */
  readonly examples: readonly Example[];
}

/** Feature visualizations of a layer, in one picture. */
export interface Atlas {
  /** For `/facet_atlas`. */
  readonly id: string;
  /** Of the record. */
  readonly step: number;
  /** Side of a tile in pixels. */
  readonly tile: number;
  /** Tiles a row. */
  readonly columns: number;
  /** Tiles a unit. */
  readonly perUnit: number;
  /** In the order of their tiles. */
  readonly units: readonly number[];
}

/** The atlases of all layers. */
export interface Facets {
  /** By layer; nearest to the step first, at most 64. */
  readonly layers: Readonly<Record<string, readonly Atlas[]>>;
}

/** Range of the pictures. */
export interface ThumbnailsMeta {
  /** Of the probe set. */
  readonly hash: string;
  /** Instance. */
  readonly first: number;
  /** In the whole probe set. */
  readonly instances: number;
}

/** Method and parameters of maps. */
export interface ProjectionMeta {
  /** The one found: the nearest earlier one, else the first. */
  readonly step: number;
  /** Of the probe set. */
  readonly hash: string | null;
  /** `euclidean` or `cosine`. */
  readonly metric: string | null;
  /** In the order of execution. */
  readonly layers: readonly string[];
  /** One a layer. */
  readonly method: readonly string[];
  /** Whether another run is the frame of reference. */
  readonly anchored: boolean;
  /** Why it is not. */
  readonly reason: string | null;
}

/** Method of a trail. */
export interface TrailMeta {
  /** Rising. */
  readonly steps: readonly number[];
  /** Of the maps. */
  readonly method: string;
}

/** A neighbour. */
export interface NearestInstance {
  /** Number in the probe set. */
  readonly instance: number;
  /** Of full activations. */
  readonly distance: number | null;
}

/** An instance's neighbours. */
export interface NearestInstances {
  /** The step that was found. */
  readonly step: number;
  /** `euclidean` or `cosine`. */
  readonly metric: string;
  /** Nearest first. */
  readonly neighbours: readonly NearestInstance[];
}

/** An adversarial strip in the list of them. */
export interface StripSummary {
  /** For `/strip`. */
  readonly id: string;
  /** Of training. */
  readonly step: number;
  /** Of the input. */
  readonly name: string;
  /** Of the probe set; empty for another input. */
  readonly hash: string;
  /** Number in the probe set, or -1. */
  readonly instance: number;
  /** Index of its class, or -1. */
  readonly label: number;
  /** Index of the class predicted before any change, or -1. */
  readonly prediction: number;
  /** `class:3`, or `unit:62/features.3`. */
  readonly target: string;
  /** Of the change. */
  readonly norm: Norm;
  /** Largest norm of the change, in the unit of pixels. */
  readonly radius: number | null;
  /** Width in pixels of the blur at the first step. */
  readonly smoothing: number | null;
  /** The first step at which the target is predicted, or -1. */
  readonly flip: number;
  /** Of the optimization. */
  readonly steps: number;
  /** The target's probability, or the unit's activation, before. */
  readonly first: number | null;
  /** And after. */
  readonly last: number | null;
  /** How many there are. */
  readonly frames: number;
}

/** All adversarial strips of a model. */
export interface Strips {
  /** Newest step first. */
  readonly strips: readonly StripSummary[];
}

/** A unit whose activation changes much. */
export interface ChangedUnit {
  /** Its number. */
  readonly unit: number;
  /** A value a frame. */
  readonly activation: Numbers;
}

/** The units of a layer that change most. */
export interface ChangedLayer {
  /** Its name. */
  readonly layer: string;
  /** Those that change most. */
  readonly units: readonly ChangedUnit[];
}

/** Numbers over the steps of the optimization. */
export interface StripCurve {
  /** What is optimized. */
  readonly effect: Numbers;
  /** A row a class. */
  readonly probability: readonly Numbers[];
  /** Norm of the change. */
  readonly l2: Numbers;
  /** Norm of the change. */
  readonly linf: Numbers;
  /** Of a change at random of the same norm. */
  readonly controlEffect: Numbers;
  /** Likewise. */
  readonly controlProbability: readonly Numbers[];
}

/** A frame. */
export interface StripFrame {
  /** Of the optimization. */
  readonly step: number;
  /** Index of the predicted class. */
  readonly prediction: number;
  /** By what the difference is multiplied in its picture. */
  readonly factor: number | null;
}

/** Numbers of the first frame's pictures, the others' follow. */
export interface StripPictures {
  /** Of the input. */
  readonly image: number;
  /** From the first frame. */
  readonly difference: number;
  /** Of the frames. */
  readonly saliency: number;
  /** Of the change at random. */
  readonly control: number;
}

/** An adversarial strip without its pictures. */
export interface Strip {
  /** For `/strip`. */
  readonly id: string;
  /** Of training. */
  readonly step: number;
  /** Of the input. */
  readonly name: string;
  /** Of the probe set; empty for another input. */
  readonly hash: string;
  /** Number in the probe set, or -1. */
  readonly instance: number;
  /** Index of its class, or -1. */
  readonly label: number;
  /** Index of the class predicted before any change, or -1. */
  readonly prediction: number;
  /** `class:3`, or `unit:62/features.3`. */
  readonly target: string;
  /** Of the change. */
  readonly norm: Norm;
  /** Largest norm of the change, in the unit of pixels. */
  readonly radius: number | null;
  /** Width in pixels of the blur at the first step. */
  readonly smoothing: number | null;
  /** The first step at which the target is predicted, or -1. */
  readonly flip: number;
  /** Of the optimization. */
  readonly steps: number;
  /** The target's probability, or the unit's activation, before. */
  readonly first: number | null;
  /** And after. */
  readonly last: number | null;
  /** That `probability` has rows of: target, first prediction, label. */
  readonly classes: readonly number[];
  /** Whose units are recorded. */
  readonly layers: readonly ChangedLayer[];
  /** A value a step. */
  readonly curve: StripCurve;
  /** In order. */
  readonly frames: readonly StripFrame[];
  /** A frame's picture is `picture[kind] + frame`. */
  readonly picture: StripPictures;
}

/** Method and parameters of saliency maps. */
export interface SaliencyMeta {
  /** The step that was found. */
  readonly step: number;
  /** `occlusion` or `integrated_gradients`. */
  readonly method: string;
  /** Of the method, for people. */
  readonly parameters: string;
  /** Index of the class whose logit is explained. */
  readonly target: number;
}

/** Effect of an ablation on the inputs of a class. */
export interface Ablation {
  /** Of the unit. */
  readonly layer: string;
  /** Its number. */
  readonly unit: number;
  /** Fall of the class's mean logit, by one backward pass. */
  readonly predicted: number | null;
  /** By the ablation. */
  readonly measured: number | null;
  /** That it was measured on. */
  readonly inputs: number;
  /** Of these, predicted rightly before. */
  readonly correct: number;
  /** And after. */
  readonly correctAfter: number;
  /** The class that most more inputs are predicted as then. */
  readonly takenFor: number | null;
}

/** The ablations measured for a subset. */
export interface AblationsOf {
  /** Its key. */
  readonly subset: string;
  /** Of the last call. */
  readonly inputs: number;
  /** Of these, predicted rightly before. */
  readonly correct: number;
  /** Largest fall first, at most 50,000 a call. */
  readonly rows: readonly Ablation[];
}

/** The ablations measured at a step. */
export interface Ablations {
  /** The step that was found. */
  readonly step: number;
  /** What a unit's activation was replaced with. */
  readonly replacement: Replacement;
  /** That there are at any step. */
  readonly replacements: readonly Replacement[];
  /** In the order of classes. */
  readonly subsets: readonly AblationsOf[];
}

/** Effect on a class of ablating the requested unit; `null` where it was not measured. */
export interface AskedAblation {
  /** Its key. */
  readonly subset: string;
  /** Fall of the class's mean logit, by one backward pass. */
  readonly predicted: number | null;
  /** Of the prediction. */
  readonly predictedStep: number | null;
  /** Of the prediction. */
  readonly inputs: number | null;
  /** By the ablation. */
  readonly measured: number | null;
  /** Of the ablation. */
  readonly measuredStep: number | null;
  /** Of the ablation. */
  readonly measuredInputs: number | null;
  /** Of these, predicted rightly before. */
  readonly correct: number | null;
  /** And after. */
  readonly correctAfter: number | null;
  /** The class that most more inputs are predicted as then. */
  readonly takenFor: number | null;
}

/** Effect on every class of ablating one unit. */
export interface UnitAblation {
  /** Of the prediction, else of the ablation. */
  readonly step: number;
  /** What its activation is replaced with. */
  readonly replacement: Replacement;
  /** Strongest first. */
  readonly subsets: readonly AskedAblation[];
  /** The line that measures it. */
  readonly call: string;
}

/** Counts of a confusion, in both directions. */
export interface ConfusionCounts {
  /** Of the class metrics. */
  readonly step: number;
  /** Of the true class, and of the other one. */
  readonly inputs: readonly [number, number];
  /** Of these, predicted as the other class. */
  readonly confused: readonly [number, number];
}

/** An instance that is near to another one. */
export interface Near {
  /** Number in the probe set. */
  readonly instance: number;
  /** Euclidean, in the last hidden layer. */
  readonly distance: number | null;
}

/** An instance of the true class that is predicted as the other one. */
export interface ConfusedInstance {
  /** Number in the probe set. */
  readonly instance: number;
  /** Of the predicted class. */
  readonly probability: number | null;
  /** Probability of the true class. */
  readonly own: number | null;
  /** Nearest instance of the true class predicted rightly. */
  readonly nearestOwn: Near | null;
  /** Likewise of the other class. */
  readonly nearestOther: Near | null;
}

/** Effect on the true class of ablating a unit. */
export interface UnitAblated {
  /** Fall of the class's mean logit, by one backward pass. */
  readonly predicted: number | null;
  /** By the ablation. */
  readonly measured: number | null;
  /** That it was measured on. */
  readonly inputs: number;
  /** Of these, predicted rightly before. */
  readonly correct: number;
  /** And after. */
  readonly correctAfter: number;
  /** The class that most more inputs are predicted as then. */
  readonly takenFor: number | null;
}

/** A unit that pushes the confused instances to the other class. */
export interface DrivingUnit {
  /** Its number. */
  readonly unit: number;
  /** Weight × difference of the means of confused and correct. */
  readonly push: number | null;
  /** Change of the margin with the unit's activation. */
  readonly weight: number | null;
  /** Of the confused, of the correct ones of the true class, and of the other class. */
  readonly means: readonly [number | null, number | null, number | null];
  /** Of its activations over the probe set. */
  readonly deviation: number | null;
  /** `null` where it was not ablated on the true class. */
  readonly ablation: UnitAblated | null;
  /** By the ablation; `predicted` where there is none. */
  readonly verdict: "verified" | "not confirmed" | "predicted";
}

/** Inputs of a class that are predicted as another, and the units that cause it. */
export interface Confusion {
  /** Of the predictions. */
  readonly step: number;
  /** `null` without class metrics. */
  readonly counts: ConfusionCounts | null;
  /** Instances of the true class in the probe set, altered copies left out. */
  readonly seen: number;
  /** Of these, predicted as the other class. */
  readonly confusedCount: number;
  /** Of these, predicted rightly. */
  readonly correctCount: number;
  /** The most confident first, at most 24. */
  readonly confused: readonly ConfusedInstance[];
  /** The last hidden one; `null` without its activations. */
  readonly layer: string | null;
  /** What weights are made of. */
  readonly basis: "logits" | "contributions" | "logits and contributions" | "none";
  /** Mean logit of the other class less own: of confused, of correct. */
  readonly margins: Numbers | null;
  /** Sum of the pushes over the difference of the margins. */
  readonly explained: number | null;
  /** The strongest push first, at most 12. */
  readonly units: readonly DrivingUnit[];
  /** `null` where none of the units was ablated. */
  readonly ablationStep: number | null;
  /** The line that ablates the other units. */
  readonly call: string | null;
}

/** A score of suspicion. */
export interface Score {
  /** `max_softmax`, `margin`, `energy`, `tail`, `surprisal`, `robust_z`. */
  readonly measure: string;
  /** Empty for baselines and for the mean of all layers. */
  readonly layer: string;
}

/** An area under the ROC curve. */
export interface Area {
  /** The area. */
  readonly value: number | null;
  /** End of the interval, even on the scale of logits. */
  readonly low: number | null;
  /** The other end. */
  readonly high: number | null;
  /** Above .5, below, or neither, corrected for their number. */
  readonly verdict: Verdict;
}

/** Inputs that are told from benign ones. */
export interface AttackGroup {
  /** `PGD linf` say. */
  readonly name: string;
  /** What they are. */
  readonly of: "attack" | "control";
  /** Of the attack. */
  readonly strength: number | null;
  /** Attacked, or in the control. */
  readonly inputs: number;
  /** Of these, that are compared. */
  readonly positives: number;
  /** Benign inputs that they are compared with. */
  readonly negatives: number;
  /** Share of the attacks that succeed. */
  readonly rate: number | null;
  /** 30 on either side. */
  readonly enough: boolean;
  /** A score each; `null` where there are too few. */
  readonly auroc: readonly (Area | null)[] | null;
}

/** Detection of attacks by each score. */
export interface AttackReport {
  /** The step that was found. */
  readonly step: number;
  /** Inputs that the distributions of classes are made of. */
  readonly reference: number;
  /** Resamples. */
  readonly bootstrap: number;
  /** Of the interval; `null` where it is not a share. */
  readonly level: number | null;
  /** In the order of `auroc`. */
  readonly scores: readonly Score[];
  /** Attacks and controls. */
  readonly groups: readonly AttackGroup[];
}

/** A recorded layer. */
export interface ArchitectureLayer {
  /** Qualified name of the module. */
  readonly name: string;
  /** Class of the module. */
  readonly type: string;
  /** Number of its units. */
  readonly units: number;
  /** Of its output for one input, -1 where a length varies. */
  readonly shape: readonly number[] | null;
  /** Numbers in the module's parameters. */
  readonly parameters: number | null;
  /** Numbers in all parameters between the recorded layers before and this one, its own included, each counted once in a model; `null` where the model was not traced. */
  readonly weights: number | null;
  /** Whether it makes the prediction. */
  readonly output: boolean;
}

/** The recorded layers, and which feeds which. */
export interface Architecture {
  /** Numbers in all parameters of the model. */
  readonly parameters: number | null;
  /** In the order of execution. */
  readonly layers: readonly ArchitectureLayer[];
  /** Producer, consumer, and how one feeds the other. */
  readonly links: readonly Link[];
  /** What could not be traced. */
  readonly notes: readonly string[];
}

/** Units of a layer that are 0 on every input. */
export interface DeadUnits {
  /** The one asked for, or the nearest before. */
  readonly step: number;
  /** Inputs of that record. */
  readonly inputs: number;
  /** Dead at the step, rising. */
  readonly units: readonly number[];
  /** The first recorded step. */
  readonly first: number;
  /** Dead at the first recorded step, rising. */
  readonly before: readonly number[];
}

/** Units of a layer that do nothing, or nothing of their own; each is in one state at most. */
export interface UnitsInState {
  /** By the conventions of [findings](findings.md#when-a-unit-is-dead). */
  readonly state: "nonfinite" | "dead" | "constant" | "saturated" | "duplicate" | "dormant";
  /** How many there are. */
  readonly count: number;
  /** Their numbers, at most 50. */
  readonly units: readonly number[];
}

/** Health of a layer. */
export interface LayerHealth {
  /** Qualified name of the module. */
  readonly name: string;
  /** Class of the module. */
  readonly type: string;
  /** Whether it makes the prediction. */
  readonly output: boolean;
  /** Number of its units. */
  readonly units: number;
  /** All states, also those of no unit. */
  readonly states: readonly UnitsInState[];
  /** Since the record before, as of `/layer_series`. */
  readonly change: number | null;
  /** What it would be between two samples. */
  readonly changeNoise: number | null;
  /** As of `/layer_series`. */
  readonly separability: number | null;
  /** What it would be by chance. */
  readonly separabilityNoise: number | null;
}

/** Health of every layer at a step. */
export interface Health {
  /** The step that was found. */
  readonly step: number;
  /** The record before; `null` where there is none. */
  readonly since: number | null;
  /** Of that step. */
  readonly inputs: number;
  /** In the order of execution. */
  readonly layers: readonly LayerHealth[];
}

/** Statistic, steps and layers of a series. */
export interface LayerSeriesMeta {
  /** As asked. */
  readonly of: "dead" | "separability" | "change" | "divergence";
  /** The step that change is counted from. */
  readonly since: number | null;
  /** In the order asked for. */
  readonly layers: readonly string[];
  /** Rising. */
  readonly steps: readonly number[];
}

/** Arrays of `/distributions`. */
export interface DistributionsArrays {
  /** `[subjects, units, bins]`: values in `[start + b·width, start + (b+1)·width)`. */
  readonly counts: Counts;
  /** `[subjects, units]`: values of exactly zero. */
  readonly zero: Counts;
  /** `[subjects, units]`: values below the window. */
  readonly under: Counts;
  /** `[subjects, units]`: values above the window. */
  readonly over: Counts;
  /** `[subjects, units]`: not a number. */
  readonly nan: Counts;
  /** `[subjects, units]`: infinite values. */
  readonly infinite: Counts;
  /** `[units]`: left edge of bin 0. */
  readonly start: Floats;
  /** `[units]`: of a bin, a power of two. */
  readonly width: Floats;
  /** `[subjects, units]`: over the finite values; NaN where none are, or none is recorded. */
  readonly mean: Floats;
  /** `[subjects, units]`: likewise. */
  readonly std: Floats;
  /** `[subjects, units, 5]`: 5, 25, 50, 75, 95 %, on the subject's own, finest lattice; NaN where empty. */
  readonly quantiles: Floats;
  /** `[subjects, units]`: the unit's index in the subject's own run; 4294967295 = unmatched, its counts are 0. */
  readonly unit: Counts;
  /** `[subjects, units]`: of the match, or of the best that was too low for one; 1 within one run and from the same weights, NaN where `identity` is `none`. */
  readonly correlation: Floats;
}

/** Arrays of `/divergence`. */
export interface DivergenceArrays {
  /** `[units]`: in units of the pooled standard deviation. */
  readonly wasserstein: Floats;
  /** `[units]`: measured over the noise floor: 1 is noise, shown from 3 up. */
  readonly ratio: Floats;
  /** `[units]`: in bits, its bias removed. */
  readonly jensen_shannon: Floats;
  /** `[units]`: largest distance of the two shares. */
  readonly kolmogorov_smirnov: Floats;
}

/** Arrays of `/history`. */
export interface HistoryArrays {
  /** `[steps, bins]`: values in `[start + b·width, start + (b+1)·width)`. */
  readonly counts: Counts;
  /** `[steps]`: values of exactly zero. */
  readonly zero: Counts;
  /** `[steps]`: values below the window. */
  readonly under: Counts;
  /** `[steps]`: values above the window. */
  readonly over: Counts;
  /** `[steps]`: not a number. */
  readonly nan: Counts;
  /** `[steps]`: infinite values. */
  readonly infinite: Counts;
  /** `[1]`: left edge of bin 0. */
  readonly start: Floats;
  /** `[1]`: of a bin, a power of two. */
  readonly width: Floats;
  /** `[steps, 5]`: 5, 25, 50, 75, 95 %. */
  readonly quantiles: Floats;
  /** `[steps]`: over the finite values. */
  readonly mean: Floats;
  /** `[steps]`: likewise. */
  readonly std: Floats;
}

/** Arrays of `/metrics`. */
export interface MetricsArrays {
  /** `[steps, rows]`: in the row. */
  readonly inputs: Counts;
  /** `[steps, rows]`: of these, predicted rightly. */
  readonly correct: Counts;
  /** `[steps, rows]`: inputs predicted as the row's class. */
  readonly predicted: Counts;
  /** `[steps, rows]`: sum over inputs; NaN unless regression. */
  readonly absolute_error: Floats;
  /** `[steps, rows]`: likewise. */
  readonly squared_error: Floats;
  /** `[rows, predicted_classes]`: true class by predicted class, at `step`. */
  readonly confusion: Counts;
  /** `[rows, bins]`: histogram of the predicted class's probability there. */
  readonly probability: Counts;
}

/** Arrays of `/predictions`. */
export interface PredictionsArrays {
  /** `[instances, k]`: the most probable classes, best first. */
  readonly top: Counts;
  /** `[instances, k]`: of these. */
  readonly probability: Floats;
  /** `[instances]`: of the true class, NaN when unlabelled. */
  readonly label_probability: Floats;
  /** `[instances]`: logsumexp of the logits. */
  readonly energy: Floats;
  /** `[instances]`: difference of the two largest logits. */
  readonly margin: Floats;
  /** `[instances, outputs]`: regression: raw; multilabel: probabilities. */
  readonly outputs: Floats;
}

/** Arrays of `/activations`. */
export interface ActivationsArrays {
  /** `[instances, units]`: pooled activations. */
  readonly values: Floats;
  /** `[instances, units]`: mid-rank in the subset, 0 to 1; NaN if unknown. */
  readonly percentile: Floats;
  /** `[instances, units]`: in robust deviations from its median, likewise. */
  readonly robust_z: Floats;
}

/** Arrays of `/similarity`. */
export interface SimilarityArrays {
  /** `[rows]`: cosine of activation counts; 0 for a class without inputs. */
  readonly similarity: Floats;
  /** `[rows]`: lower end of its interval, which holds 95 % or more. */
  readonly low: Floats;
  /** `[rows]`: upper end. */
  readonly high: Floats;
}

/** Arrays of `/embedding`. */
export interface EmbeddingArrays {
  /** `[layers, rows, 2]`: where the classes lie. */
  readonly xy: Floats;
  /** `[rows]`: of each class. */
  readonly inputs: Counts;
}

/** Arrays of `/thumbnails`. */
export interface ThumbnailsArrays {
  /** `[bytes]`: the pictures, one behind the other; an empty one is missing. */
  readonly bytes: Counts;
  /** `[offsets]`: where each begins, and where the last one ends. */
  readonly offset: Counts;
}

/** Arrays of `/projection`. */
export interface ProjectionArrays {
  /** `[layers, instances, 2]`: where instances lie; NaN for one without a place. */
  readonly xy: Floats;
  /** `[instances]`: their numbers, rising. */
  readonly instance: Counts;
  /** `[pivots]`: instances that are pivots. */
  readonly pivot: Counts;
  /** `[layers]`: by what distances of the layer were divided. */
  readonly radius: Floats;
  /** `[layers]`: stress-1 of the distances to the pivots, best scale; NaN where none are. */
  readonly stress: Floats;
  /** `[layers]`: of the map of the whole probe set; NaN where not recorded, or not whole. */
  readonly trustworthiness: Floats;
  /** `[layers]`: likewise. */
  readonly continuity: Floats;
  /** `[layers]`: likewise, of the nearest neighbours. */
  readonly preservation: Floats;
  /** `[layers]`: whether the map was mirrored to lie so. */
  readonly mirrored: Counts;
  /** `[layers]`: root mean square distance, in radii, to what it was turned to lie as; NaN for the first layer of the whole probe set. */
  readonly residual: Floats;
  /** `[layers]`: (λ₂ − λ₃) / λ₂ of the scaling: near 0 the second axis is arbitrary. */
  readonly spread: Floats;
}

/** Arrays of `/trail`. */
export interface TrailArrays {
  /** `[steps, instances, 2]`: where instances lie, in the frame of `/projection`. */
  readonly xy: Floats;
  /** `[instances]`: their numbers, rising. */
  readonly instance: Counts;
}

/** Arrays of `/saliency`. */
export interface SaliencyArrays {
  /** `[height, width]`: what each pixel adds to the target's logit. */
  readonly values: Floats;
}

/** Arrays of `/layer_series`. */
export interface LayerSeriesArrays {
  /** `[layers, steps]`: the number; NaN where it is not known. */
  readonly values: Floats;
  /** `[layers, steps]`: what it would be on average if there were nothing to see. */
  readonly noise: Floats;
}

/** What a route answers; those that are left out answer pictures. */
export interface Answers {
  readonly index: Index;
  readonly findings: Findings;
  readonly distributions: Answer<DistributionsArrays, DistributionsMeta>;
  readonly divergence: Answer<DivergenceArrays, DistributionsMeta>;
  readonly layers: LayerDifferences;
  readonly history: Answer<HistoryArrays, StepsMeta>;
  readonly metrics: Answer<MetricsArrays, MetricsMeta>;
  readonly instances: Instances;
  readonly predictions: Answer<PredictionsArrays, AtStep>;
  readonly activations: Answer<ActivationsArrays, ActivationsMeta>;
  readonly neural_divergence: NeuralDivergence;
  readonly graph: Graph;
  readonly similarity: Answer<SimilarityArrays, SimilarityMeta>;
  readonly embedding: Answer<EmbeddingArrays, EmbeddingMeta>;
  readonly influence: Influence;
  readonly serves: Serves;
  readonly examples: Examples;
  readonly facets: Facets;
  readonly thumbnails: Answer<ThumbnailsArrays, ThumbnailsMeta>;
  readonly names: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly projection: Answer<ProjectionArrays, ProjectionMeta>;
  readonly trail: Answer<TrailArrays, TrailMeta>;
  readonly neighbours: NearestInstances;
  readonly strips: Strips;
  readonly strip: Strip;
  readonly saliency: Answer<SaliencyArrays, SaliencyMeta>;
  readonly ablations: Ablations;
  readonly ablation: UnitAblation;
  readonly confusion: Confusion;
  readonly attack_report: AttackReport;
  readonly architecture: Architecture;
  readonly dead_units: DeadUnits;
  readonly health: Health;
  readonly layer_series: Answer<LayerSeriesArrays, LayerSeriesMeta>;
}

/** What a route takes. */
export interface Arguments {
  readonly index: {
  };
  readonly findings: {
    readonly s: readonly SentSubject[];
  };
  readonly distributions: {
    readonly layer: string;
    readonly s: readonly SentSubject[];
    readonly unit?: number;
  };
  readonly divergence: {
    readonly layer: string;
    readonly s: readonly SentSubject[];
  };
  readonly layers: {
    readonly s: readonly SentSubject[];
  };
  readonly history: {
    readonly run: string;
    readonly model: string;
    readonly layer: string;
    readonly unit: number;
    readonly subset: string;
  };
  readonly metrics: {
    readonly run: string;
    readonly model: string;
    readonly step?: number;
  };
  readonly instances: {
    readonly run: string;
    readonly model: string;
  };
  readonly thumbnail: {
    readonly run: string;
    readonly model: string;
    readonly instance: number;
    readonly hash?: string;
  };
  readonly predictions: {
    readonly run: string;
    readonly model: string;
    readonly step: number;
  };
  readonly activations: {
    readonly layer: string;
    readonly s: SentSubject;
    readonly i?: readonly number[];
    readonly unit?: number;
  };
  readonly neural_divergence: {
    readonly run: string;
    readonly model: string;
    readonly step: number;
    readonly i: readonly number[];
  };
  readonly graph: {
    readonly s: readonly SentSubject[];
    readonly measure?: string;
    readonly mass?: number;
    readonly of?: string;
    readonly keep?: number;
    readonly ranking?: string;
    readonly lift?: boolean;
    readonly directed?: boolean;
    readonly open?: readonly string[];
    readonly rows?: number;
  };
  readonly similarity: {
    readonly s: SentSubject;
    readonly layer: string;
    readonly mass?: number;
    readonly of?: string;
  };
  readonly embedding: {
    readonly run: string;
    readonly model: string;
    readonly step: number;
    readonly mass?: number;
    readonly of?: string;
  };
  readonly influence: {
    readonly s: SentSubject;
    readonly layer: string;
    readonly unit: number;
    readonly measure?: string;
  };
  readonly serves: {
    readonly run: string;
    readonly model: string;
    readonly step: number;
    readonly layer: string;
    readonly unit: number;
    readonly mass?: number;
    readonly of?: string;
    readonly s?: SentSubject;
  };
  readonly examples: {
    readonly run: string;
    readonly model: string;
    readonly step: number;
    readonly layer: string;
    readonly unit: number;
  };
  readonly facets: {
    readonly run: string;
    readonly model: string;
    readonly step: number;
  };
  readonly facet_atlas: {
    readonly run: string;
    readonly model: string;
    readonly layer: string;
    readonly id: string;
  };
  readonly thumbnails: {
    readonly run: string;
    readonly model: string;
    readonly hash?: string;
    readonly first?: number;
    readonly count?: number;
  };
  readonly names: {
    readonly run: string;
    readonly model: string;
  };
  readonly projection: {
    readonly run: string;
    readonly model: string;
    readonly step: number;
    readonly instances?: string;
    readonly method?: string;
    readonly anchor_run?: string;
    readonly anchor_model?: string;
  };
  readonly trail: {
    readonly run: string;
    readonly model: string;
    readonly layer: string;
    readonly instances: string;
    readonly among?: string;
    readonly method?: string;
    readonly anchor_run?: string;
    readonly anchor_model?: string;
  };
  readonly neighbours: {
    readonly run: string;
    readonly model: string;
    readonly step: number;
    readonly layer: string;
    readonly instance: number;
  };
  readonly strips: {
    readonly run: string;
    readonly model: string;
  };
  readonly strip: {
    readonly run: string;
    readonly model: string;
    readonly id: string;
  };
  readonly strip_picture: {
    readonly run: string;
    readonly model: string;
    readonly id: string;
    readonly picture: number;
  };
  readonly saliency: {
    readonly run: string;
    readonly model: string;
    readonly step: number;
    readonly instance: number;
    readonly method: string;
  };
  readonly ablations: {
    readonly run: string;
    readonly model: string;
    readonly step: number;
    readonly replacement?: string;
  };
  readonly ablation: {
    readonly run: string;
    readonly model: string;
    readonly step: number;
    readonly layer: string;
    readonly unit: number;
    readonly replacement?: string;
  };
  readonly confusion: {
    readonly run: string;
    readonly model: string;
    readonly step: number;
    readonly true: number;
    readonly predicted: number;
  };
  readonly attack_report: {
    readonly run: string;
    readonly model: string;
    readonly step?: number;
  };
  readonly architecture: {
    readonly run: string;
    readonly model: string;
  };
  readonly dead_units: {
    readonly run: string;
    readonly model: string;
    readonly step: number;
    readonly layer: string;
  };
  readonly health: {
    readonly run: string;
    readonly model: string;
    readonly step: number;
  };
  readonly layer_series: {
    readonly run: string;
    readonly model: string;
    readonly of: string;
    readonly since?: number;
    readonly layer?: readonly string[];
    readonly step?: number;
    readonly most?: number;
    readonly s?: readonly SentSubject[];
  };
}

/** What the arrays of a route hold. */
export const ARRAYS = {
  distributions: {
    counts: "counts",
    zero: "counts",
    under: "counts",
    over: "counts",
    nan: "counts",
    infinite: "counts",
    start: "floats",
    width: "floats",
    mean: "floats",
    std: "floats",
    quantiles: "floats",
    unit: "counts",
    correlation: "floats",
  },
  divergence: {
    wasserstein: "floats",
    ratio: "floats",
    jensen_shannon: "floats",
    kolmogorov_smirnov: "floats",
  },
  history: {
    counts: "counts",
    zero: "counts",
    under: "counts",
    over: "counts",
    nan: "counts",
    infinite: "counts",
    start: "floats",
    width: "floats",
    quantiles: "floats",
    mean: "floats",
    std: "floats",
  },
  metrics: {
    inputs: "counts",
    correct: "counts",
    predicted: "counts",
    absolute_error: "floats",
    squared_error: "floats",
    confusion: "counts",
    probability: "counts",
  },
  predictions: {
    top: "counts",
    probability: "floats",
    label_probability: "floats",
    energy: "floats",
    margin: "floats",
    outputs: "floats",
  },
  activations: {
    values: "floats",
    percentile: "floats",
    robust_z: "floats",
  },
  similarity: {
    similarity: "floats",
    low: "floats",
    high: "floats",
  },
  embedding: {
    xy: "floats",
    inputs: "counts",
  },
  thumbnails: {
    bytes: "counts",
    offset: "counts",
  },
  projection: {
    xy: "floats",
    instance: "counts",
    pivot: "counts",
    radius: "floats",
    stress: "floats",
    trustworthiness: "floats",
    continuity: "floats",
    preservation: "floats",
    mirrored: "counts",
    residual: "floats",
    spread: "floats",
  },
  trail: {
    xy: "floats",
    instance: "counts",
  },
  saliency: {
    values: "floats",
  },
  layer_series: {
    values: "floats",
    noise: "floats",
  },
} as const;

/** Routes that answer a picture. */
export const PICTURES = ["thumbnail", "facet_atlas", "strip_picture"] as const;
