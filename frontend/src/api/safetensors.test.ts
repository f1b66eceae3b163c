import { describe, expect, it } from "vitest";
import answer from "../../../tests/golden/answer.safetensors?inline";
import nothing from "../../../tests/golden/nothing.safetensors?inline";
import { readSafetensors } from "./safetensors";

/** The bytes of a file that Vite has put into a data URL. */
function bytesOf(url: string): ArrayBuffer {
  const text = atob(url.slice(url.indexOf(",") + 1));
  return Uint8Array.from(text, (character) => character.charCodeAt(0)).buffer;
}

/** An answer made by hand: any header, and `size` bytes of data. */
function made(header: unknown, size: number): ArrayBuffer {
  const text = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + text.length + size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes.buffer;
}

describe("an answer written by the Python codec", () => {
  const { arrays, meta } = readSafetensors(bytesOf(answer));

  it("holds the arrays in their types and shapes", () => {
    expect(arrays.get("counts")).toEqual({ data: Uint8Array.of(0, 1, 2, 3, 4, 5), shape: [2, 3] });
    expect(arrays.get("zero")).toEqual({ data: Uint16Array.of(0, 300), shape: [2] });
    expect(arrays.get("unit")).toEqual({ data: Uint32Array.of(0, 4294967295), shape: [1, 2] });
    expect(arrays.get("mean")).toEqual({
      data: Float32Array.of(1.5, Number.NaN, Number.NEGATIVE_INFINITY, 0),
      shape: [2, 2],
    });
    expect(arrays.get("empty")).toEqual({ data: new Float32Array(0), shape: [0, 4] });
    expect(arrays.size).toBe(5);
  });

  it("holds the metadata, whatever characters are in it", () => {
    expect(meta).toEqual({ layer: "שלום <img onerror=…>", subjects: [{ few: true }] });
  });

  it("may hold no arrays", () => {
    expect(readSafetensors(bytesOf(nothing))).toEqual({ arrays: new Map(), meta: { steps: [] } });
  });

  it("is refused when it is cut anywhere", () => {
    const whole = bytesOf(answer);
    for (let length = 0; length < whole.byteLength; length++) {
      expect(() => readSafetensors(whole.slice(0, length))).toThrow();
    }
  });
});

describe("a hostile answer", () => {
  const array = (changes: object) => ({
    x: { dtype: "F32", shape: [1], data_offsets: [0, 4], ...changes },
  });

  it.each([
    ["a header longer than the answer", made("{}", 0).slice(0, 9)],
    ["no header", new ArrayBuffer(0)],
    ["a header that is no object", made("[1]", 0)],
    ["a header that is no JSON", made("{", 0)],
    ["a type that we do not know", made(array({ dtype: "F64" }), 8)],
    ["a type named like a property of every object", made(array({ dtype: "constructor" }), 4)],
    ["a negative shape", made(array({ shape: [-1] }), 4)],
    ["a shape that is no list", made(array({ shape: 1 }), 4)],
    ["a fractional shape", made(array({ shape: [0.5] }), 4)],
    ["an enormous shape", made(array({ shape: [2 ** 31, 2 ** 31] }), 4)],
    ["offsets beyond the end", made(array({ shape: [2], data_offsets: [0, 8] }), 4)],
    ["offsets that run backwards", made(array({ shape: [0], data_offsets: [4, 0] }), 4)],
    ["offsets that do not fit the shape", made(array({ data_offsets: [0, 3] }), 4)],
    ["an array without a description", made({ x: null }, 4)],
  ])("with %s is refused", (_, bytes) => {
    expect(() => readSafetensors(bytes)).toThrow();
  });

  it("with a header length of 2⁶⁴ − 1 is refused before anything is allocated", () => {
    const bytes = new ArrayBuffer(16);
    new DataView(bytes).setBigUint64(0, 2n ** 64n - 1n, true);
    expect(() => readSafetensors(bytes)).toThrow("a header of 18446744073709551615 bytes");
  });

  it("cannot reach the prototype through an array's name", () => {
    const bytes = made('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1);
    expect(readSafetensors(bytes).arrays.get("__proto__")?.shape).toEqual([1]);
  });

  it("whose arrays are not aligned is still read rightly", () => {
    const bytes = made('{"x":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}} ', 5);
    new DataView(bytes).setFloat32(bytes.byteLength - 4, 2.5, true);
    expect(readSafetensors(bytes).arrays.get("x")).toEqual({
      data: Float32Array.of(2.5),
      shape: [1],
    });
  });
});
