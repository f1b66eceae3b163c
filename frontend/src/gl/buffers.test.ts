import { expect, it } from "vitest";
import { dotBytes, fourfold, lineBytes, triangles } from "./buffers";

it("lays a dot out as its row, its colour, its glyph, size and signs", () => {
  const look = { row: 70_000, glyph: 3, radius: 4.5, ringed: true, hollow: false } as const;
  const bytes = dotBytes([
    { ...look, row: 1, colour: [9, 9, 9, 9] },
    { ...look, colour: [1, 2, 3, 4] },
  ]);
  expect(new Uint32Array(bytes)[3]).toBe(70_000);
  expect([...new Uint8Array(bytes, 16)]).toEqual([1, 2, 3, 4, 3, 72, 1, 0]);
});

it("lays a line out as both ends with their slices, and its colour", () => {
  const bytes = lineBytes([
    { from: 5, to: 6, colour: [1, 2, 3, 4] },
    { from: 7, to: 8, slices: [2, 3], colour: [5, 6, 7, 8] },
  ]);
  expect([...new Int32Array(bytes, 0, 4)]).toEqual([5, -1, 6, -1]);
  expect([...new Int32Array(bytes, 20, 4)]).toEqual([7, 2, 8, 3]);
  expect([...new Uint8Array(bytes, 36, 4)]).toEqual([5, 6, 7, 8]);
});

it("gives each of four corners the bytes of its square, and covers the square once", () => {
  const bytes = Uint32Array.from([1, 2, 3, 4]).buffer;
  expect([...fourfold(bytes, 8)]).toEqual([1, 2, 1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4, 3, 4]);
  expect([...triangles(2)]).toEqual([0, 1, 2, 2, 1, 3, 4, 5, 6, 6, 5, 7]);
});
