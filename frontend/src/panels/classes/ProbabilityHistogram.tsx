interface Props {
  /** Shares of the inputs in equal bins of [0, 1]. */
  readonly shares: readonly number[];
  /** The share that fills the height. */
  readonly top: number;
}

const WIDTH = 52;
const HEIGHT = 20;

/** Confidence: the probability of the predicted class, for the inputs of a class. */
export function ProbabilityHistogram({ shares, top }: Props) {
  const step = WIDTH / (shares.length || 1);
  return (
    <svg class="probability" width={WIDTH} height={HEIGHT} aria-hidden="true">
      <line x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      {shares.map((share, bin) => {
        const tall = top > 0 && share > 0 ? Math.max(1, (share / top) * (HEIGHT - 1)) : 0;
        const height = Math.min(HEIGHT - 1, tall);
        return (
          height > 0 && (
            <rect
              key={bin}
              x={bin * step}
              y={HEIGHT - height}
              width={Math.max(1, step - 0.5)}
              height={height}
            />
          )
        );
      })}
    </svg>
  );
}
