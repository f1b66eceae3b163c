import { expect, it } from "vitest";
import { NO_FILTER } from "../model/runs";
import { runFilterIn } from "./runs";

it("what is chosen in TensorBoard's lists of runs is read from its address", () => {
  const ticks = btoa(JSON.stringify({ plain: false, augmented: true, odd: 3 }));
  const hash = `#neural&regexInput=${encodeURIComponent("pl|aug")}&runSelectionState=${encodeURIComponent(ticks)}`;
  expect(runFilterIn(hash, "")).toEqual({
    patterns: ["pl|aug"],
    ticked: { plain: false, augmented: true },
  });
  expect(runFilterIn("#neural", "?darkMode=true&runFilter=%5Ea").patterns).toEqual(["^a"]);
});

it("anything else there chooses nothing", () => {
  for (const hash of [
    "",
    "#neural",
    "#runSelectionState=%%%",
    "#runSelectionState=bm8=",
    "#regexInput=",
  ])
    expect(runFilterIn(hash, "")).toEqual(NO_FILTER);
});
