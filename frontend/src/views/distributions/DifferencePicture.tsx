import { useEffect, useRef, useState } from "preact/hooks";
import { Explained } from "../../ui/Explained";
import { type PixelDifference, type Pixels, pixelDifference } from "./pixels";

interface Props {
  /** Addresses of the two pictures. */
  readonly before: string;
  readonly after: string;
  readonly lossless: boolean;
  /** Of the rings. */
  readonly colour: string;
}

/** Rings stand out only while they are few. */
const MOST_RINGS = 64;

interface Compared extends PixelDifference {
  readonly width: number;
  readonly height: number;
}

/** Where two pictures differ: the amount as brightness, the changed pixels ringed. */
export function DifferencePicture({ before, after, lossless, colour }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [compared, setCompared] = useState<Compared | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let stale = false;
    setCompared(null);
    setProblem(null);
    Promise.all([pixelsOf(before), pixelsOf(after)]).then(
      ([one, other]) => {
        if (stale) return;
        const difference = pixelDifference(one, other);
        if (difference) setCompared({ ...difference, width: one.width, height: one.height });
        else setProblem("The two pictures have different sizes.");
      },
      () => !stale && setProblem("The pictures could not be read."),
    );
    return () => {
      stale = true;
    };
  }, [before, after]);
  useEffect(() => {
    if (canvas.current && compared) draw(canvas.current, compared);
  }, [compared]);
  if (problem) return <p class="note">{problem}</p>;
  if (!compared) return null;
  const { width, height, changed } = compared;
  const words = `${changed.length} of ${width * height} pixels differ`;
  const ringed = changed.length <= MOST_RINGS ? changed : [];
  return (
    <figure class="picture" style={{ "--colour": colour }}>
      <div class="picture-stack">
        <canvas ref={canvas} width={width} height={height} role="img" aria-label={words} />
        <svg
          viewBox={`0 0 ${width} ${height}`}
          aria-hidden="true"
          data-changed={JSON.stringify(changed)}
        >
          {ringed.map((pixel) => (
            <circle
              key={pixel}
              cx={(pixel % width) + 0.5}
              cy={Math.floor(pixel / width) + 0.5}
              r={Math.max(1.4, width / 24)}
            />
          ))}
        </svg>
      </div>
      <figcaption>
        {words}
        {!lossless && (
          <>
            {" "}
            <Explained text="Thumbnails are compressed: some of the difference is compression">
              (lossy pictures)
            </Explained>
          </>
        )}
      </figcaption>
    </figure>
  );
}

async function pixelsOf(address: string): Promise<Pixels> {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("no canvas");
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** Brightness is relative to the largest difference, so that a faint attack is visible, too. */
function draw(canvas: HTMLCanvasElement, { amount, changed, width, height }: Compared): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const picture = context.createImageData(width, height);
  const largest = amount[changed[0] ?? 0] || 1;
  amount.forEach((difference, pixel) => {
    const grey = Math.round((255 * difference) / largest);
    picture.data.set([grey, grey, grey, 255], 4 * pixel);
  });
  context.putImageData(picture, 0, 0);
}
