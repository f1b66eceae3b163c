import { DIVERGING, type Theme } from "../../model/color";
import { opacity } from "../../model/histograms/density";
import { TELLING } from "../../model/histograms/sorting";
import { Stat } from "../../ui/Stat";
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
          Stripe: the subset. <Ramp colour={more} /> + more inputs at A (above){" "}
          <Ramp colour={less} /> − more at B (below); opacity: difference of shares relative to the
          row’s largest; grey within two standard errors
        </span>
      ) : (
        <span>
          <Ramp colour="currentColor" /> opacity of a bin rises with √ of its share of the subject’s
          inputs, relative to the row’s largest; bins are wider where there are few inputs
        </span>
      )}
      <span>
        <i class="zero-mark" /> exactly zero; height: share of inputs
      </span>
      <span>◂ ▸ beyond the histogram’s window</span>
      {hasB && arrangement !== "difference" && (
        <span>
          <i class="key A" /> A filled, above <i class="key B" /> B hatched, below
        </span>
      )}
      {hasInstances && <span>● one instance{hasB && " at A, ○ at B"}</span>}
      <span>
        <Stat of="wasserstein" />: distance of the two subjects in σ; <Stat of="ratio" />: distance
        ÷ noise floor (1 = noise); grey below {TELLING}
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
