import { useEffect, useMemo, useState } from "preact/hooks";
import type { GraphOptions } from "../../graphTypes";
import * as state from "../../state";
import { useSize } from "../size";
import { sameUnit } from "../visible";
import { BandNames } from "./BandNames";
import { Card } from "./Card";
import { boxOf } from "./camera";
import { Edges } from "./Edges";
import { GraphLegend } from "./GraphLegend";
import { GraphNode } from "./GraphNode";
import type { Layout } from "./layout";
import { endsOf, inRow, pathsThrough, towards } from "./paths";
import { RowNames } from "./RowNames";
import { type Scene, type SceneEdge, type SceneNode, unitOf } from "./scene";
import type { GraphedSubject } from "./subjects";
import { useCamera } from "./useCamera";
import { useGlide } from "./useGlide";

interface Props {
  readonly scene: Scene;
  readonly layout: Layout;
  readonly size: GraphOptions["size"];
  readonly subjects: readonly GraphedSubject[];
  /** What the picture answers; with another one it is seen whole again. */
  readonly question: string;
  readonly onArrange: () => void;
}

/** What the pointer or the keyboard is at. */
export type Pointed =
  | { readonly kind: "node"; readonly key: string; readonly facet: number }
  | { readonly kind: "edge"; readonly edge: SceneEdge };

/** The picture: pointing at a node lights its paths, pressing it opens the unit. */
export function GraphStage({ scene, layout, size, subjects, question, onArrange }: Props) {
  const { box, width, height } = useSize();
  const bounds = useMemo(() => boxOf(layout), [layout]);
  const view = useCamera(bounds, { width, height }, question);
  const { zoom, x, y } = view.camera;
  const at = useGlide(layout.at);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const [stop, setStop] = useState<string | null>(null);
  const pinned = pinnedIn(scene);
  const first = inRow(scene, layout, 0)[0] ?? [...scene.nodes.keys()][0];
  const tabStop = [stop, pinned, first].find((key) => key && scene.nodes.has(key));
  const seen = stillThere(pointed, scene);
  const lit = useMemo(() => litBy(seen, pinned, scene), [seen, pinned, scene]);
  const pinnedAt = pinned ? layout.at.get(pinned) : undefined;
  useEffect(() => {
    if (pinnedAt) view.reveal(pinnedAt);
  }, [pinned, width]);
  const go = (key: string) => {
    const place = layout.at.get(key);
    setStop(key);
    if (place) view.reveal(place);
    const buttons = view.frame.ref.current?.querySelectorAll<HTMLElement>("[data-key]") ?? [];
    [...buttons].find(({ dataset }) => dataset.key === key)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = keyAt(event.target);
    const turn = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (key && event.shiftKey && turn && seen?.kind === "node") {
      setPointed({ ...seen, facet: Math.min(3, Math.max(0, seen.facet + turn)) });
    } else if (Object.hasOwn(ZOOMS, event.key)) {
      view[ZOOMS[event.key] as keyof typeof view & ("zoomIn" | "zoomOut" | "fit")]();
    } else {
      const next = key && !event.shiftKey && towards(event.key, key, scene, layout);
      if (!next && !(key && event.key.startsWith("Arrow"))) return;
      if (next) go(next);
    }
    event.preventDefault();
  };
  const point = (event: PointerEvent) => {
    const next = pointedBy(event, scene);
    if (!samePoint(next, seen)) setPointed(next);
  };
  const pin = (node: SceneNode) => {
    const unit = unitOf(node);
    if (!unit) {
      state.status.value =
        "Only the run of moment B has this unit: choose that run as A to open it";
      return;
    }
    state.choose({ unit: node.key === pinned ? null : unit });
  };
  return (
    <>
      <div class="graph-stage" ref={box}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: its nodes are buttons; it moves between them */}
        <div
          class={`graph-frame ${lit ? "has-lit" : ""}`}
          data-picture="graph"
          {...view.frame}
          onKeyDown={onKeyDown}
          onPointerOver={point}
          onPointerMove={(event) => {
            view.frame.onPointerMove(event);
            if (event.buttons === 0) point(event);
          }}
          onPointerLeave={() => setPointed(null)}
          onFocusIn={({ target }) => {
            const key = keyAt(target);
            if (!key) return;
            setStop(key);
            if ((target as Element).matches(":focus-visible"))
              setPointed({ kind: "node", key, facet: 0 });
          }}
          onFocusOut={() => setPointed(null)}
        >
          <div
            class={`graph-world ${subjects[1]?.shown.place === "B" ? "hatches-B" : ""}`}
            style={{
              transform: `translate(${x}px, ${y}px) scale(${zoom})`,
              "--zoom": zoom,
              "--a": subjects[0]?.colour ?? "currentColor",
              "--b": subjects[1]?.colour ?? "currentColor",
            }}
          >
            <Edges scene={scene} at={at} lit={lit} />
            {[...scene.nodes.values()].map((node) => (
              <GraphNode
                key={node.key}
                node={node}
                scene={scene}
                subjects={subjects}
                at={at.get(node.key) ?? { x: 0, y: 0 }}
                isLit={lit?.nodes.has(node.key) ?? false}
                isPinned={node.key === pinned}
                isStop={node.key === tabStop}
                facet={seen?.kind === "node" && seen.key === node.key ? seen.facet : 0}
                onPin={() => pin(node)}
              />
            ))}
          </div>
        </div>
        {subjects.length > 1 && (
          <BandNames bands={layout.bands} camera={view.camera} subjects={subjects} scene={scene} />
        )}
        <RowNames scene={scene} rows={layout.rows} camera={view.camera} />
        <Tools view={view} onArrange={onArrange} />
        {seen && (
          <Card
            pointed={seen}
            scene={scene}
            subjects={subjects}
            at={seen.kind === "node" ? layout.at.get(seen.key) : middleOf(seen.edge, layout)}
            camera={view.camera}
            bounds={bounds}
            frame={view.frame.ref.current}
          />
        )}
      </div>
      <GraphLegend scene={scene} size={size} subjects={subjects} />
    </>
  );
}

const ZOOMS: Readonly<Record<string, "zoomIn" | "zoomOut" | "fit">> = {
  "+": "zoomIn",
  "=": "zoomIn",
  "-": "zoomOut",
  "0": "fit",
};

interface ToolsProps {
  readonly view: ReturnType<typeof useCamera>;
  readonly onArrange: () => void;
}

function Tools({ view, onArrange }: ToolsProps) {
  const button = (sign: string, label: string, onClick: () => void) => (
    <button type="button" class="icon" aria-label={label} title={label} onClick={onClick}>
      {sign}
    </button>
  );
  return (
    <div class="graph-tools">
      {button("+", "zoom in (+)", view.zoomIn)}
      {button("−", "zoom out (−)", view.zoomOut)}
      {button("⤢", "see the whole graph (0)", view.fit)}
      {button("≡", "arrange anew: fewest crossings, rows in the middle", () => {
        onArrange();
        view.fit();
      })}
    </div>
  );
}

/** The node of the unit that the unit panel shows; null where it is not in the picture. */
function pinnedIn({ nodes }: Scene): string | null {
  const chosen = state.unit.value;
  if (!chosen) return null;
  const found = [...nodes.values()].find((node) => {
    const unit = unitOf(node);
    return unit && sameUnit(unit, chosen);
  });
  return found?.key ?? null;
}

function stillThere(pointed: Pointed | null, { nodes, edges }: Scene): Pointed | null {
  if (pointed?.kind === "node") return nodes.has(pointed.key) ? pointed : null;
  return pointed && edges.includes(pointed.edge) ? pointed : null;
}

function litBy(pointed: Pointed | null, pinned: string | null, scene: Scene) {
  if (pointed?.kind === "edge") return endsOf(pointed.edge);
  const key = pointed?.key ?? pinned;
  return key === null ? null : pathsThrough(scene, key);
}

function pointedBy({ target, clientX }: PointerEvent, { edges }: Scene): Pointed | null {
  const key = keyAt(target);
  if (key) return { kind: "node", key, facet: facetUnder(target as Element, clientX) };
  const index = target instanceof Element ? target.getAttribute("data-edge") : null;
  const edge = index === null ? undefined : edges[Number(index)];
  return edge ? { kind: "edge", edge } : null;
}

function samePoint(one: Pointed | null, other: Pointed | null): boolean {
  if (one?.kind === "node" && other?.kind === "node")
    return one.key === other.key && one.facet === other.facet;
  if (one?.kind === "edge" && other?.kind === "edge") return one.edge === other.edge;
  return one === null && other === null;
}

const keyAt = (target: EventTarget | null): string | null =>
  target instanceof Element
    ? (target.closest<HTMLElement>("[data-key]")?.dataset.key ?? null)
    : null;

/** Which quarter of a node's picture the pointer is over. */
function facetUnder(target: Element, x: number): number {
  const node = target.closest("[data-key]")?.getBoundingClientRect();
  if (!node) return 0;
  return Math.min(3, Math.max(0, Math.floor((4 * (x - node.left)) / node.width)));
}

function middleOf({ from, to }: SceneEdge, { at }: Layout) {
  const [start, end] = [at.get(from), at.get(to)];
  return start && end && { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
}
