/** Small but complete values for tests. */

import type { Index, Instance, Model, Tensor } from "../api/schema";

/** Names that pages stumble over. */
export const ODD_NAMES: readonly string[] = [
  "<img src=x onerror=alert(1)>",
  "=1+1",
  "",
  "x".repeat(300),
  "שלום",
  'a "b" & c=d#e/f?g%h',
  "100%",
  "🙂\u0000\n\t",
  "__proto__",
  "p.neural.a",
];

export function model(changes: Partial<Model> = {}): Model {
  return {
    run: "plain",
    model: "model",
    title: "",
    data: "",
    task: "multiclass",
    classes: ["cat", "dog", "ship"],
    steps: [0, 40, 80],
    wallTimes: [1000, 1010, 1020],
    layers: ["features.3", "classifier.1", "classifier.4", "classifier.6"].map((name) => ({
      name,
      type: "ReLU",
      units: 16,
      reduction: "max",
      output: name === "classifier.6",
    })),
    subsets: ["all", "class:0", "class:1", "class:2", "slice:attacked"],
    subsetNames: {},
    moments: ["predicted:0"],
    mode: "eval",
    probe: { hash: "9f2c", size: 4, pictured: true, lossless: true },
    probeSteps: [0, 40, 80],
    weights: "5b1e",
    confused: [1, 2],
    hidden: ["classifier.1", "classifier.4"],
    sessions: [{ run: "", session: "1a2b3c4d", firstStep: 0, wallTime: 1000 }],
    leftOut: [],
    problems: [],
    recorded: { class_metrics: [0] },
    graph: null,
    facetSteps: [],
    exampleSteps: [],
    embedding: false,
    named: false,
    projection: null,
    strips: 0,
    saliency: {},
    ablationSteps: [],
    attackReportSteps: [],
    architecture: false,
    bytes: 1234,
    ...changes,
  };
}

/** An answer in the safetensors layout. */
export function tensors(
  arrays: Readonly<Record<string, Tensor<Float32Array | Uint8Array | Uint32Array>>>,
  meta: unknown = null,
): ArrayBuffer {
  let end = 0;
  const entries = Object.entries(arrays).map(([name, { data, shape }]) => {
    const start = end;
    end += data.byteLength;
    const dtype = data instanceof Float32Array ? "F32" : data instanceof Uint8Array ? "U8" : "U32";
    return [name, { dtype, shape, data_offsets: [start, end] }];
  });
  const header = { ...Object.fromEntries(entries), __metadata__: { neural: JSON.stringify(meta) } };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  let at = 8 + text.length;
  for (const { data } of Object.values(arrays)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes.buffer;
}

export function index(...models: readonly Model[]): Index {
  return { version: "0.1.0", models, problems: [] };
}

export function instance(changes: Partial<Instance> = {}): Instance {
  return { name: "", label: -1, pair: -1, note: "", slices: [], text: "", ...changes };
}
