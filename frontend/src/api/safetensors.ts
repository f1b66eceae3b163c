/** Reads the safetensors layout: an 8-byte length, a JSON header, then the arrays' bytes. */

import type { Tensor } from "./schema";

export type Column = Float32Array | Uint8Array | Uint16Array | Uint32Array;

export interface Tensors {
  readonly arrays: ReadonlyMap<string, Tensor<Column>>;
  readonly meta: unknown;
}

type Constructor = new (buffer: ArrayBuffer, offset: number, length: number) => Column;

const COLUMNS: Readonly<Record<string, readonly [Constructor, number]>> = {
  F32: [Float32Array, 4],
  U8: [Uint8Array, 1],
  U16: [Uint16Array, 2],
  U32: [Uint32Array, 4],
};

/** Views over `buffer`, without copies. Throws an error that says what is wrong with the bytes. */
export function readSafetensors(buffer: ArrayBuffer): Tensors {
  const { header, start } = readHeader(buffer);
  const arrays = new Map<string, Tensor<Column>>();
  for (const [name, entry] of Object.entries(header)) {
    if (name !== "__metadata__") arrays.set(name, readArray(buffer, start, name, entry));
  }
  return { arrays, meta: readMeta(header.__metadata__) };
}

function readHeader(buffer: ArrayBuffer): { header: Record<string, unknown>; start: number } {
  if (buffer.byteLength < 8) throw new Error(`${buffer.byteLength} bytes are no safetensors`);
  const length = new DataView(buffer).getBigUint64(0, true);
  if (length > BigInt(buffer.byteLength - 8)) {
    throw new Error(`a header of ${length} bytes in an answer of ${buffer.byteLength}`);
  }
  const start = 8 + Number(length);
  const text = new TextDecoder("utf-8", { fatal: true }).decode(
    new Uint8Array(buffer, 8, Number(length)),
  );
  const header: unknown = JSON.parse(text);
  if (!isObject(header)) throw new Error("the safetensors header is no JSON object");
  return { header, start };
}

function readArray(
  buffer: ArrayBuffer,
  start: number,
  name: string,
  entry: unknown,
): Tensor<Column> {
  if (!isObject(entry)) throw new Error(`array ${name}: no description`);
  const { dtype, shape, data_offsets: offsets } = entry;
  const column =
    typeof dtype === "string" && Object.hasOwn(COLUMNS, dtype) ? COLUMNS[dtype] : undefined;
  if (!column)
    throw new Error(
      `array ${name}: dtype ${String(dtype)}, expected ${Object.keys(COLUMNS).join(", ")}`,
    );
  if (!isNaturals(shape)) throw new Error(`array ${name}: shape ${JSON.stringify(shape)}`);
  if (!isNaturals(offsets) || offsets.length !== 2) {
    throw new Error(`array ${name}: offsets ${JSON.stringify(offsets)}`);
  }
  const [from = 0, to = 0] = offsets;
  const [Column, size] = column;
  const length = shape.reduce((product, n) => product * n, 1);
  if (to - from !== length * size || start + to > buffer.byteLength) {
    throw new Error(
      `array ${name}: bytes ${from} to ${to} of ${buffer.byteLength - start} for shape [${shape.join(", ")}]`,
    );
  }
  const offset = start + from;
  if (offset % size === 0) return { data: new Column(buffer, offset, length), shape };
  return { data: new Column(buffer.slice(offset, start + to), 0, length), shape };
}

function readMeta(metadata: unknown): unknown {
  const text = isObject(metadata) ? metadata.neural : undefined;
  return typeof text === "string" ? (JSON.parse(text) as unknown) : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNaturals(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}
