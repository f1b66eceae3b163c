import { useMemo, useState } from "preact/hooks";
import type { Size } from "../../stage/geometry";
import { keyAt } from "../../stage/pick";
import { StageTools } from "../../stage/StageTools";
import { useCamera } from "../../stage/useCamera";
import { useSize } from "../../ui/size";
import { ArchitectureNode } from "./ArchitectureNode";
import { Links } from "./Links";
import { HEIGHT, layoutOf } from "./layout";
import { moved } from "./moving";
import type { ArchitectureOptions } from "./options";
import { architectureOptions } from "./options";
import type { ArchitecturePicture } from "./picture";
import type { Scale } from "./shade";
import { toggledBlock } from "./tree";

interface Props {
  readonly picture: ArchitecturePicture;
  readonly options: ArchitectureOptions;
  readonly scale: Scale;
  /** What the picture is laid out for: it stays as it is when the stage gives way to something. */
  readonly room: Size;
}

const ROOM = { left: 0, top: 0, enlarged: 1.15, reach: HEIGHT };
/** The network as a graph: a layer can be chosen, a block opened and closed. */
export function ArchitectureStage({ picture, options, scale, room }: Props) {
  const { scene, told, tree } = picture;
  const { box, width, height } = useSize();
  const [pointed, setPointed] = useState<string | null>(null);
  const [stop, setStop] = useState<string | null>(null);
  const layout = useMemo(() => layoutOf(scene, room), [scene, room.width, room.height]);
  const question = `${picture.model.run} ${scene.nodes.map(({ key }) => key).join("\n")}`;
  const view = useCamera(layout.box, { width, height }, question, ROOM);
  const chosen = scene.nodes.find(({ layers }) =>
    layers.some(({ name }) => name === options.layer),
  )?.key;
  const lit = pointed ?? chosen ?? null;
  const isLinked = new Set(
    scene.all.flatMap(({ from, to }) => (from === lit || to === lit ? [from, to] : [])),
  );
  const tabStop = [stop, chosen, scene.nodes[0]?.key].find((key) => key && layout.at.has(key));
  const toggle = (key: string) => architectureOptions.choose(toggledBlock(tree, options, key));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = keyAt(event.target);
    const next = key && moved(event.key, key, layout);
    if (event.key === "Escape" && options.layer) architectureOptions.choose({ layer: null });
    else if (next) {
      setStop(next);
      view.reveal(layout.at.get(next) ?? { x: 0, y: 0 });
      const nodes = view.frame.ref.current?.querySelectorAll<HTMLElement>("[data-key]") ?? [];
      [...nodes].find(({ dataset }) => dataset.key === next)?.focus();
    } else if (!view.press(event.key)) return;
    event.preventDefault();
  };
  const handlers = {
    onKeyDown,
    onFocusIn: ({ target }: FocusEvent) => setStop(keyAt(target) ?? stop),
    onPointerOver: ({ target }: PointerEvent) => setPointed(keyAt(target)),
    onPointerLeave: () => setPointed(null),
  };
  const { zoom, x, y } = view.camera;
  return (
    <div class="graph-stage architecture-stage" ref={box}>
      <div class={`graph-frame ${lit ? "has-lit" : ""}`} {...view.frame} {...handlers}>
        <div
          class="graph-world"
          style={{ transform: `translate(${x}px, ${y}px) scale(${zoom})`, "--zoom": zoom }}
        >
          <Links scene={scene} layout={layout} lit={lit} />
          {layout.frames.map(({ key, label, indent, isFirst, left, top, right, bottom }) => (
            <div
              key={`${key} ${left}`}
              class="architecture-frame"
              style={{
                left: `${left}px`,
                top: `${top}px`,
                width: `${right - left}px`,
                height: `${bottom - top}px`,
              }}
            >
              {isFirst ? (
                <button
                  type="button"
                  data-open={key}
                  aria-expanded
                  style={{ left: `${indent}px` }}
                  title={`Close ${label}`}
                  onClick={() => toggle(key)}
                >
                  ▾ {label}
                </button>
              ) : (
                <span aria-hidden="true" style={{ left: `${indent}px` }}>
                  {label} …
                </span>
              )}
            </div>
          ))}
          {scene.nodes.map((branch) => (
            <ArchitectureNode
              key={branch.key}
              branch={branch}
              at={layout.at.get(branch.key) ?? { x: 0, y: 0 }}
              shade={options.shade}
              told={told.get(branch.key)}
              scale={scale}
              isChosen={branch.key === chosen}
              isLit={isLinked.has(branch.key)}
              isStop={branch.key === tabStop}
              onPress={() =>
                branch.kind === "block"
                  ? toggle(branch.key)
                  : architectureOptions.choose({ layer: branch.key === chosen ? null : branch.key })
              }
            />
          ))}
        </div>
      </div>
      <StageTools
        onIn={view.zoomIn}
        onOut={view.zoomOut}
        onFit={view.fit}
        whole="Fit the network"
      />
    </div>
  );
}
