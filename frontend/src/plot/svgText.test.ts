import { expect, it } from "vitest";
import { paragraphs } from "./svgText";

const linesOf = (texts: readonly string[], longest: number) => {
  const { text, bottom } = paragraphs(4, 20, texts, "#000", longest);
  const drawn = new DOMParser().parseFromString(`<svg>${text}</svg>`, "text/html");
  return { lines: [...drawn.querySelectorAll("text")].map((line) => line.textContent), bottom };
};

it("paragraphs break between words, a word that is too long stands alone", () => {
  const { lines, bottom } = linesOf(["one two three", "unbreakable x", "a < b"], 8);
  expect(lines).toEqual(["one two", "three", "unbreakable", "x", "a < b"]);
  expect(bottom).toBe(20 + 5 * 16);
});

it("a paragraph ends exactly at its longest line", () => {
  expect(linesOf(["abc def"], 7).lines).toEqual(["abc def"]);
  expect(linesOf(["abc def"], 6).lines).toEqual(["abc", "def"]);
});
