import { expect, test } from "vitest";
import { escaped } from "./svgText";

test("names cannot become markup", () => {
  expect(escaped('<img src=x onerror="y">&')).toBe("&lt;img src=x onerror=&quot;y&quot;&gt;&amp;");
  expect(escaped("a\u0000b")).toBe("a\ufffdb");
});
