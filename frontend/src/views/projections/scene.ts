/** What is drawn: sides, dots, lines, in the colours chosen. */

import type { LineLook } from "../../gl/buffers";
import type { Colour, Style } from "../../gl/painter";
import type { Atlas } from "../../gl/textures";
import { INK, instanceMarks, rgb } from "../../model/color";
import type { Slot } from "../../model/shown";
import { type Coloured, coloured, type Facts } from "./colouring";
import { dotLooks, moveLines, pairLines, tint, trailLines } from "./looks";
import type { Maps } from "./maps";
import type { ProjectionOptions } from "./options";
import type { Framing, LineSet, Side, StageScene, Trails } from "./staging";
import type { MappedSide } from "./useMaps";

const NOBODY: readonly number[] = [];
/** Chosen instances whose number is written; with more, none is. */
const MOST_MARKS = 24;
/** Chosen instances that have trails. */
export const MOST_TRAILS = 64;

export interface SideTrails extends Trails {
  /** By row of the places. */
  readonly instances: readonly number[];
}

export interface SideFacts extends MappedSide {
  /** The maps of the step that the picture is nearest to. */
  readonly now: Maps;
  readonly facts: Facts;
  readonly trails: SideTrails | null;
  /** Nearest instances to join to `of`. */
  readonly neighbours: { readonly of: number; readonly instances: readonly number[] } | null;
}

/** Values kept while what they are made of is the same, so that nothing is uploaded twice. */
export class Memory {
  private readonly known = new Map<string, { readonly of: readonly unknown[]; value: unknown }>();

  keep<T>(name: string, of: readonly unknown[], make: () => T): T {
    const before = this.known.get(name);
    if (before && of.every((part, at) => part === before.of[at])) return before.value as T;
    const value = make();
    this.known.set(name, { of, value });
    return value;
  }
}

export interface SceneOptions {
  readonly memory: Memory;
  readonly options: ProjectionOptions;
  readonly chosen: readonly number[];
  readonly minus: boolean;
  readonly framing: Framing;
  readonly pictures: Atlas | null;
  readonly nameOf: (instance: number) => string;
}

export function sceneOf(sides: readonly SideFacts[], wishes: SceneOptions): StageScene {
  const theme = sides[0]?.facts.theme ?? "light";
  const { options, chosen } = wishes;
  const minus = wishes.minus && sides.length > 1;
  const style: Style = {
    dotScale: wishes.pictures ? pictureScale(sides[0]?.from.shown.length ?? 0) : 1,
    pictures: wishes.pictures,
    ring: unit(INK[theme].text),
    ground: unit(INK[theme].background),
  };
  const numbered = chosen.length > MOST_MARKS ? [] : chosen;
  const marks = instanceMarks(sides[0]?.facts.instances ?? [], numbered, theme);
  return {
    sides: sides.map((side) => sideOf(side, wishes, minus)),
    minus,
    framing: wishes.framing,
    style,
    ink: INK[theme],
    nameOf: options.show === "labels" ? wishes.nameOf : null,
    marks,
    selected: chosen,
  };
}

/** How much larger pictures are than dots: the more there are, the less they cover one another. */
const pictureScale = (count: number): number => (count > 200 ? 2 : count > 60 ? 3 : 4);

const unit = (colour: string): Colour => {
  const [red, green, blue] = rgb(colour);
  return [red / 255, green / 255, blue / 255];
};

/** Colours and shapes of a side's instances. */
export function looksOf(
  memory: Memory,
  by: ProjectionOptions["colour"],
  place: Slot,
  facts: Facts,
): Coloured {
  const { model, instances, predictions, subsets, hues, theme } = facts;
  const said = by === "class" || by === "slice" ? null : predictions;
  const of = [by, model.classes, instances, said, subsets, hues, theme];
  return memory.keep(`${place} looks`, of, () => coloured(by, facts));
}

function sideOf(side: SideFacts, wishes: SceneOptions, minus: boolean): Side {
  const { options, chosen, memory } = wishes;
  const { place, facts } = side;
  const { shown } = side.from;
  const looks = looksOf(memory, options.colour, place, facts);
  const hollow = minus && place === "B";
  const ringed = options.selectedOnly ? NOBODY : chosen;
  const dots = memory.keep(`${place} dots`, [shown, looks, ringed, hollow], () =>
    dotLooks(shown, looks, new Set(ringed), hollow),
  );
  return {
    place,
    from: side.from.places,
    to: side.to.places,
    shown,
    dots,
    lines: linesOf(side, looks, wishes, minus),
    trails: side.trails,
  };
}

function linesOf(
  side: SideFacts,
  looks: Coloured,
  { options, chosen, memory }: SceneOptions,
  minus: boolean,
): readonly LineSet[] {
  const { place, facts, trails, neighbours } = side;
  const { instances, theme } = facts;
  const { shown, places } = side.from;
  const ink = INK[theme];
  const colourOf = (row: number, opacity: number) =>
    tint(looks.groups[looks.of[row] ?? 0]?.colour ?? ink.faint, opacity);
  const common = [shown, looks, chosen, theme];
  const keep = (name: string, of: readonly unknown[], make: () => readonly LineLook[]) =>
    memory.keep(`${place} ${name}`, [...common, ...of], make);
  const there = memory.keep(`${place} there`, [shown, chosen], () => {
    const known = new Set(shown);
    return chosen.filter((instance) => known.has(instance));
  });
  const lines: LineSet[] = [];
  if (minus && place === "A") {
    const looked = keep("moves", [], () => {
      const marked = new Set(there);
      const opacity = (row: number) => (there.length === 0 ? 120 : marked.has(row) ? 255 : 40);
      return moveLines(shown, (row) => colourOf(row, opacity(row)));
    });
    lines.push({ name: "moves", looks: looked, width: 1.5, directed: true, along: "other" });
  }
  if (options.pairs) {
    const looked = keep("pairs", [instances], () => {
      const marked = new Set(there);
      const all = pairLines(new Set(shown), instances, tint(ink.text, 130));
      return there.length ? all.filter(({ from, to }) => marked.has(from) || marked.has(to)) : all;
    });
    lines.push({ name: "pairs", looks: looked, width: 1.2, directed: true, along: "map" });
  }
  if (options.trails === "layers") {
    const looked = keep("ways", [places.slices], () =>
      trailLines(there.slice(0, MOST_TRAILS), places.slices, (row) => colourOf(row, 150)),
    );
    lines.push({ name: "trails", looks: looked, width: 1.5, directed: false, along: "map" });
  }
  if (trails) {
    const looked = keep("trails", [trails], () =>
      trailLines([...trails.instances.keys()], trails.places[0].slices, (row) =>
        colourOf(trails.instances[row] ?? 0, 150),
      ),
    );
    lines.push({ name: "trails", looks: looked, width: 1.5, directed: false, along: "trail" });
  }
  if (neighbours) {
    const looked = keep("near", [neighbours], () =>
      neighbours.instances.map((to) => ({
        from: neighbours.of,
        to,
        colour: tint(ink.text, 200),
      })),
    );
    lines.push({ name: "neighbours", looks: looked, width: 1.5, directed: false, along: "map" });
  }
  return lines;
}

/** The side of a place. */
export const sideAt = <S extends { readonly place: Slot }>(
  sides: readonly S[],
  place: Slot,
): S | undefined => sides.find((side) => side.place === place);
