import { DIVERGING, type Theme } from "../../model/color";
import { opacity } from "../../model/histograms/density";
import { TELLING } from "../../model/histograms/sorting";
import type { Arrangement } from "./layout";

interface Props {
  readonly arrangement: Arrangement;
  readonly theme: Theme;
  readonly hasB: boolean;
  readonly hasInstances: boolean;
}

const SHARES = [0.02, 0.1, 0.3, 0.6, 1];

/** What the marks mean, by which rule. */
export function Legend({ arrangement, theme, hasB, hasInstances }: Props) {
  const { more, less } = DIVERGING[theme];
  return (
    <footer class="legend">
      {arrangement === "difference" ? (
        <span>
          <Ramp colour={more} /> + more at A (above) <Ramp colour={less} /> − more at B (below):
          difference of the shares of inputs, relative to the row's largest; grey within two
          standard errors
        </span>
      ) : (
        <span>
          <Ramp colour="currentColor" /> opacity of a bin: square root of its share of the subject's
          own n, relative to the row's largest; few inputs, wider bins
        </span>
      )}
      <span>
        <i class="zero-mark" /> exactly zero, height: share of n
      </span>
      <span>◂ ▸ outside the recorded window</span>
      {hasB && arrangement !== "difference" && (
        <span>
          <i class="key A" /> A filled, above <i class="key B" /> B hatched, below
        </span>
      )}
      {hasInstances && <span>● one instance{hasB && " at A, ○ at B"}</span>}
      <span>
        W₁: Wasserstein distance in pooled standard deviations; R: that over what chance alone would
        give separate samples; grey below {TELLING}
      </span>
    </footer>
  );
}

function Ramp({ colour }: { readonly colour: string }) {
  return (
    <span class="ramp" aria-hidden="true">
      {SHARES.map((share) => (
        <i key={share} style={{ background: colour, opacity: opacity(share, 1) }} />
      ))}
    </span>
  );
}
