import { expect, test } from "vitest";
import { pixelDifference } from "./pixels";

const picture = (...greys: number[]) => ({
  width: greys.length,
  height: 1,
  data: Uint8ClampedArray.from(greys.flatMap((grey) => [grey, grey, grey, 255])),
});

test("equal pictures differ nowhere", () => {
  expect(pixelDifference(picture(1, 2, 3), picture(1, 2, 3))?.changed).toEqual([]);
});

test("changed pixels are listed, the most changed first", () => {
  const found = pixelDifference(picture(0, 100, 50, 7), picture(255, 100, 52, 7));
  expect(found?.changed).toEqual([0, 2]);
  expect([...(found?.amount ?? [])]).toEqual([255, 0, 2, 0]);
});

test("a pixel counts as changed when a single channel is", () => {
  const altered = picture(9, 9);
  altered.data[6] = 200;
  expect(pixelDifference(picture(9, 9), altered)?.changed).toEqual([1]);
});

test("transparency alone is no change", () => {
  const altered = picture(9);
  altered.data[3] = 0;
  expect(pixelDifference(picture(9), altered)?.changed).toEqual([]);
});

test("pictures of different sizes are not compared", () => {
  expect(pixelDifference(picture(1, 2), picture(1))).toBeNull();
});
