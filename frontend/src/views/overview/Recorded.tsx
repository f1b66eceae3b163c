import type { Model } from "../../api/schema";
import * as state from "../../state/store";
import { recordables } from "./destinations";

/** What is recorded, each with the way to it, and the one line that is worth adding next. */
export function Recorded({ model }: { readonly model: Model }) {
  const all = recordables(model);
  const next = all.find(({ told }) => told === null);
  return (
    <section class="overview-recorded" aria-label="Recorded">
      <h3>What is recorded?</h3>
      <ul>
        {all.map(({ name, told, view }) =>
          told === null ? null : (
            <li key={name}>
              {view ? (
                <button type="button" onClick={() => state.choose({ view })}>
                  {name} <span class="faint">{told}</span>
                </button>
              ) : (
                <>
                  {name} <span class="faint">{told}</span>
                </>
              )}
            </li>
          ),
        )}
      </ul>
      {next && (
        <p>
          Worth adding next: <strong>{next.name}</strong>, {next.adds}.
          <code class="overview-code">{next.code}</code>
        </p>
      )}
    </section>
  );
}
