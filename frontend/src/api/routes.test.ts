import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import answer from "../../../tests/golden/answer.safetensors?inline";
import { ODD_NAMES } from "../model/samples";
import * as api from "./routes";

const id = { run: "plain", model: "model" };
const asked: string[] = [];
let respond: () => Response = () => Response.json({ instances: [] });

beforeEach(() => {
  asked.length = 0;
  api.forget();
  respond = () => Response.json({ instances: [] });
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    return Promise.resolve(respond());
  });
});

afterEach(() => vi.unstubAllGlobals());

const parameters = (url = "") => [...new URLSearchParams(url.split("?")[1])];

describe("answers", () => {
  it("are asked for once until they are forgotten", async () => {
    await Promise.all([api.instances(id), api.instances(id)]);
    await api.instances({ ...id, run: "other" });
    expect(asked).toHaveLength(2);
    api.forget();
    await api.instances(id);
    expect(asked).toHaveLength(3);
  });

  it("that failed are asked for again", async () => {
    respond = () => new Response("run 'plain' has no probe set", { status: 404 });
    await expect(api.instances(id)).rejects.toThrow("run 'plain' has no probe set");
    respond = () => Response.json({ instances: [] });
    await expect(api.instances(id)).resolves.toEqual({ instances: [] });
  });

  it("that lack an array say which", async () => {
    const bytes = Uint8Array.from(atob(answer.slice(answer.indexOf(",") + 1)), (character) =>
      character.charCodeAt(0),
    );
    respond = () => new Response(bytes);
    await expect(api.predictions({ ...id, step: 0 })).rejects.toThrow(
      "the answer of predictions lacks the array top",
    );
  });

  it("that hold another kind of number say so", async () => {
    const header = '{"top":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}';
    const bytes = new Uint8Array(8 + header.length);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
    bytes.set(new TextEncoder().encode(header), 8);
    respond = () => new Response(bytes);
    await expect(api.predictions({ ...id, step: 0 })).rejects.toThrow(
      "the array top of predictions does not hold counts",
    );
  });

  it("of a server that is gone say so", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    await expect(api.index()).rejects.toThrow("TensorBoard does not answer; is it still running?");
  });

  it("in HTML are not shown as text", async () => {
    respond = () => new Response("<!doctype html>", { status: 500 });
    await expect(api.instances(id)).rejects.toThrow("TensorBoard answered 500");
  });
});

describe("addresses", () => {
  it.each(ODD_NAMES)("carry names unchanged: %j", async (name) => {
    respond = () => Response.json({ layers: [] });
    const one = { run: name, model: name, step: -1, subset: `slice:${name}` };
    await api.layers(one, { ...one, step: 2 });
    expect(parameters(asked[0])).toEqual([
      ["s", JSON.stringify([name, name, -1, `slice:${name}`])],
      ["s", JSON.stringify([name, name, 2, `slice:${name}`])],
    ]);
    expect(parameters(api.thumbnail({ run: name, model: name }, 3))).toEqual([
      ["run", name],
      ["model", name],
      ["instance", "3"],
    ]);
  });

  it("ask for one unit of the whole probe set, and of many subjects, briefly", async () => {
    const subject = { ...id, step: 3, subset: "all" };
    const s = JSON.stringify(["plain", "model", 3, "all"]);
    await api.unitActivations({ layer: "fc", unit: 5 }, subject).catch(() => {});
    await api.distributions("fc", [subject], 5).catch(() => {});
    for (const url of asked)
      expect(parameters(url)).toEqual([
        ["layer", "fc"],
        ["s", s],
        ["unit", "5"],
      ]);
    expect(asked.map((url) => url.split("?")[0])).toEqual(["activations", "distributions"]);
  });

  it("are relative, so that a path prefix does not matter", async () => {
    await api.instances(id);
    expect(asked[0]).toMatch(/^instances\?/);
  });
});
