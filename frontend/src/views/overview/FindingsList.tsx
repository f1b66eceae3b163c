import { Failure } from "../../api/ask";
import type { Finding, Findings, Health, Model } from "../../api/schema";
import { WhyButton } from "../../panels/WhyButton";
import { openLink } from "../../state/links";
import { selection } from "../../state/store";
import { Message } from "../../ui/Message";
import { VIEW_NAMES } from "./destinations";
import { FindingPicture } from "./FindingPicture";
import { confusionOf, FIRST, parts, ranked, type Told } from "./findings";
import { overviewOptions } from "./options";
import type { Learning } from "./useLearning";

interface Props {
  readonly model: Model;
  /** As they come; null while none is there. */
  readonly answers: readonly (Findings | Failure)[] | null;
  readonly learning: Learning;
  readonly health: Health | null;
}

/** The findings that tell most, each with a picture and a way to see it. */
export function FindingsList({ model, answers, learning, health }: Props) {
  if (!answers) return <Message kind="loading" title="Looking for what is worth knowing…" />;
  const read = answers.filter((one): one is Findings => !(one instanceof Failure));
  const failures = answers.filter((one) => one instanceof Failure);
  const all = ranked(read);
  return (
    <section class="overview-findings" aria-label="Findings">
      <h3>What stands out?</h3>
      {failures.map(({ message }) => (
        <p key={message} class="note">
          {message}
        </p>
      ))}
      {read.map(({ nothing, against }) =>
        nothing ? (
          <p key={JSON.stringify(against)} class="overview-nothing">
            {nothing}
          </p>
        ) : null,
      )}
      {all.length === 0 && read.length > 0 && !read.some(({ nothing }) => nothing) && (
        <p class="overview-nothing">Nothing stands out at this record.</p>
      )}
      <ol>
        {all.slice(0, FIRST).map((told) => (
          <Card
            key={`${told.about} ${told.finding.sentence}`}
            told={told}
            model={model}
            learning={learning}
            health={health}
          />
        ))}
      </ol>
      {all.length > 0 && (
        <button
          type="button"
          data-undrawn
          aria-expanded={overviewOptions.value.all}
          onClick={() => overviewOptions.choose({ all: !overviewOptions.value.all })}
        >
          {overviewOptions.value.all ? "Hide the list" : `All findings (${all.length})`}
        </button>
      )}
    </section>
  );
}

interface CardProps extends Omit<Props, "answers"> {
  readonly told: Told;
}

function Card({ told: { finding, about }, ...rest }: CardProps) {
  return (
    <li class="finding" data-kind={finding.kind} data-severity={finding.severity}>
      <FindingPicture finding={finding} {...rest} />
      <div>
        <p class="finding-head">
          <Severity of={finding.severity} /> <bdi class="faint">{about}</bdi>
        </p>
        <Sentence finding={finding} />
        {finding.next && <p class="faint finding-next">{finding.next}</p>}
        <FindingLink finding={finding} model={rest.model} />
      </div>
    </li>
  );
}

const SIGNS = { act: "▲", look: "◆", note: "○" } as const;

/** How grave a finding is, by a sign and a word. */
export function Severity({ of }: { readonly of: Finding["severity"] }) {
  return (
    <span class={`severity is-${of}`}>
      <span aria-hidden="true">{SIGNS[of]}</span> {of}
    </span>
  );
}

/** The engine's sentence; how sure it is stands back. */
export function Sentence({ finding }: { readonly finding: Finding }) {
  const [text, sure, rest] = parts(finding.sentence);
  return (
    <p class="finding-sentence">
      <bdi>{text}</bdi> {sure && <span class="faint">{sure}</span>}
      {rest}
    </p>
  );
}

/** The one way to see a finding: the causes of a confusion, else the view that shows it. */
export function FindingLink({
  finding,
  model,
}: {
  readonly finding: Finding;
  readonly model: Model;
}) {
  const confusion = confusionOf(finding, model);
  if (confusion) return <WhyButton model={model} confusion={confusion} />;
  const { link } = finding;
  if (link.view === "overview") {
    // The curves stand beside the finding; only a comparison that is not chosen yet adds to them.
    if (!link.b || selection.value?.b) return null;
    return (
      <button type="button" data-undrawn title={finding.sentence} onClick={() => openLink(link)}>
        Compare on this page
      </button>
    );
  }
  return (
    <button type="button" data-undrawn title={finding.sentence} onClick={() => openLink(link)}>
      Show in {VIEW_NAMES[link.view] ?? link.view}
    </button>
  );
}
