import { describe, expect, it } from "vitest";
import page from "../../../docs/glossary.md?raw";
import { TERMS } from "./glossary";
import { STATISTICS, type Statistic } from "./statistics";

/** A table of docs/glossary.md, by its heading. */
function tableUnder(heading: string): readonly string[] {
  const [, after = ""] = page.split(`\n## ${heading}\n`);
  const [section = ""] = after.split("\n## ");
  return section.split("\n").filter((line) => line.startsWith("| "));
}

const escaped = (text: string) => text.replaceAll("|", "\\|");

describe("docs/glossary.md", () => {
  it("has the words of the page", () => {
    expect(tableUnder("Words").slice(2)).toEqual(
      TERMS.map(({ word, meaning }) => `| ${word} | ${escaped(meaning)} |`),
    );
  });

  it("has the statistics of the page", () => {
    const all: readonly Statistic[] = Object.values(STATISTICS);
    expect(tableUnder("Statistics").slice(2)).toEqual(
      all.map(
        ({ name, formula, read, limits }) =>
          `| ${[name, formula, read, limits].map(escaped).join(" | ")} |`,
      ),
    );
  });
});

describe("the words", () => {
  it("have one meaning each", () => {
    const words = TERMS.map(({ word }) => word);
    const names = Object.values(STATISTICS).map(({ name }) => name);
    expect(new Set(words).size).toBe(words.length);
    expect(new Set(names).size).toBe(names.length);
  });
});
