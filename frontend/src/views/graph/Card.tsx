import { type Camera, cardPlace } from "../../stage/camera";
import type { Box, Point, Size } from "../../stage/geometry";
import { Floating } from "../../ui/Floating";
import { Name } from "../../ui/Name";
import { Picture } from "../../ui/Picture";
import { edgeKind, edgeLines, nodeLines } from "./describe";
import type { Pointed } from "./pointing";
import { type GraphScene, LARGEST, type SceneNode } from "./scene";
import { examplesOf, facetsOf, type GraphedSubject, titleOf } from "./subjects";

interface Props {
  readonly pointed: Pointed;
  readonly scene: GraphScene;
  readonly subjects: readonly GraphedSubject[];
  /** What it is about, in the picture. */
  readonly at: Point | undefined;
  readonly camera: Camera;
  readonly bounds: Box;
  readonly frame: HTMLElement | null;
}

/** What is pointed at, beside it: numbers, feature visualizations, examples. */
export function Card({ pointed, scene, subjects, at, camera, bounds, frame }: Props) {
  const place = (card: Size): Point | null => {
    const around = frame?.getBoundingClientRect();
    if (!around || !at) return null;
    const onScreen = (x: number) => around.left + x * camera.zoom + camera.x;
    return cardPlace(
      card,
      { x: onScreen(at.x), y: around.top + at.y * camera.zoom + camera.y },
      [onScreen(bounds.left), onScreen(bounds.right)],
      { width: around.right, height: innerHeight },
      (LARGEST / 2) * camera.zoom,
    );
  };
  return (
    <Floating class="graph-card" place={place}>
      {pointed.kind === "node" ? (
        <NodeCard
          node={scene.nodes.get(pointed.key)}
          {...{ scene, subjects }}
          facet={pointed.facet}
        />
      ) : (
        <EdgeCard edge={pointed.edge} scene={scene} subjects={subjects} />
      )}
    </Floating>
  );
}

interface NodeCardProps {
  readonly node: SceneNode | undefined;
  readonly scene: GraphScene;
  readonly subjects: readonly GraphedSubject[];
  readonly facet: number;
}

function NodeCard({ node, scene, subjects, facet }: NodeCardProps) {
  if (!node) return null;
  const facets = facetsOf(node, subjects);
  return (
    <>
      <div class="tip-title">{titleOf(node, scene.graph, subjects)}</div>
      <table>
        <thead>
          <tr>
            <td />
            <th>counted in</th>
            <th>PageRank</th>
            <th>PageRank lift</th>
            <th>importance</th>
          </tr>
        </thead>
        <tbody>
          {nodeLines(node, subjects).map(({ subject, count, rank, lift, importance }) => (
            <tr key={`${subject.shown.place} ${subject.shown.key}`}>
              <th scope="row">
                <span class={`key ${subject.shown.place}`} style={{ "--colour": subject.colour }} />{" "}
                <Name name={subject.name} />
              </th>
              <td>{count}</td>
              <td>{rank}</td>
              <td>{lift}</td>
              <td>{importance}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {facets.length > 0 && (
        <div class="graph-facets">
          {facets.map((crop, place) => (
            <span key={crop.x + crop.y * 1e5} class={place === facet ? "is-chosen" : ""}>
              <Picture crop={crop} size={56} label="" />
            </span>
          ))}
        </div>
      )}
      <Examples node={node} subjects={subjects} most={10} />
      <div class="faint">
        Click to open the unit
        {facets.length > 1 && " · move across it for further feature visualizations"}
      </div>
    </>
  );
}

interface EdgeCardProps {
  readonly edge: Extract<Pointed, { kind: "edge" }>["edge"];
  readonly scene: GraphScene;
  readonly subjects: readonly GraphedSubject[];
}

function EdgeCard({ edge, scene, subjects }: EdgeCardProps) {
  const ends = [edge.to, edge.from].flatMap((key) => scene.nodes.get(key) ?? []);
  const [consumer, producer] = ends;
  if (!consumer || !producer) return null;
  return (
    <>
      <div class="tip-title">
        {edge.weight < 0 ? "inhibits" : "feeds"} · {edge.edge.kind}
      </div>
      {edgeLines(edge, subjects).map((line) => (
        <div key={line}>{line}</div>
      ))}
      <p class="faint">{edgeKind(edge, scene)}</p>
      {ends.map((node) => (
        <div key={node.key} class="graph-end">
          <div>
            {node === producer && "from "}
            {titleOf(node, scene.graph, subjects)}
          </div>
          <Examples node={node} subjects={subjects} most={5} />
        </div>
      ))}
    </>
  );
}

interface ExamplesProps {
  readonly node: SceneNode;
  readonly subjects: readonly GraphedSubject[];
  readonly most: number;
}

function Examples({ node, subjects, most }: ExamplesProps) {
  const examples = examplesOf(node, subjects, most);
  if (examples.length === 0) return null;
  return (
    <div class="graph-examples">
      {examples.map((crop, place) => (
        <Picture key={place} crop={crop} size={44} label="" />
      ))}
    </div>
  );
}
