import { useEffect, useRef } from "preact/hooks";
import { shortName } from "../../model/names";
import { placeText } from "./describe";
import type { Track } from "./playhead";
import type { Watched } from "./watched";

interface Props {
  readonly watched: Watched;
  readonly layers: readonly string[];
  readonly steps: readonly number[];
  readonly loops: boolean;
  readonly onLoops: (loops: boolean) => void;
  readonly onRest: () => void;
}

/** Sliders along the layers and the steps, and playing along either. */
export function Transport({ watched, layers, steps, loops, onLoops, onRest }: Props) {
  const { playhead } = watched;
  return (
    <div class="transport" role="toolbar" aria-label="Layers and steps">
      <Slider
        track="layers"
        {...{ watched, onRest }}
        last={layers.length - 1}
        place={() => playhead.layer}
        goal={() => playhead.layerGoal}
        text={(place) => placeText(place, (at) => shortName(layers[at] ?? "", 24))}
        onSlide={(place) => playhead.slideLayer(place)}
        onStop={(place) => playhead.goToLayer(place)}
      />
      {steps.length > 1 && (
        <Slider
          track="steps"
          {...{ watched, onRest }}
          last={steps.length - 1}
          place={() => playhead.step}
          goal={() => playhead.stepGoal}
          text={(place) => placeText(place, (at) => (steps[at] ?? 0).toLocaleString("en"))}
          onSlide={(place) => playhead.slideStep(place)}
          onStop={watched.goToStep}
        />
      )}
      <button
        type="button"
        aria-pressed={loops}
        title="Play back and forth until paused"
        onClick={() => onLoops(!loops)}
      >
        Loop
      </button>
    </div>
  );
}

interface SliderProps {
  readonly track: Track;
  readonly watched: Watched;
  readonly last: number;
  readonly place: () => number;
  /** Where it is on its way to. */
  readonly goal: () => number;
  readonly text: (place: number) => string;
  readonly onSlide: (place: number) => void;
  readonly onStop: (place: number) => void;
  readonly onRest: () => void;
}

const ONE: Readonly<Record<Track, string>> = { layers: "layer", steps: "step" };

/** A slider that follows the playhead frame by frame, without a render. */
function Slider(props: SliderProps) {
  const { track, watched, last, onSlide, onStop, onRest } = props;
  const input = useRef<HTMLInputElement>(null);
  const words = useRef<HTMLOutputElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const show = useRef(() => {
    const { place, text } = latest.current;
    const said = text(place());
    if (input.current) {
      input.current.value = String(place());
      if (input.current.getAttribute("aria-valuetext") !== said)
        input.current.setAttribute("aria-valuetext", said);
    }
    if (words.current && words.current.textContent !== said) words.current.textContent = said;
  }).current;
  useEffect(() => watched.watch(show), []);
  useEffect(show);
  const plays = watched.playing === track;
  const toggle = () => (plays ? watched.playhead.pause() : watched.playhead.play(track));
  const go = (by: number) => {
    const place = latest.current.goal();
    onStop(by > 0 ? Math.floor(place + by + 1e-6) : Math.ceil(place + by - 1e-6));
  };
  const press = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    go(by);
  };
  const one = ONE[track];
  return (
    <span class="transport-track" data-track={track}>
      <span class="transport-name">{one}</span>
      <Arrow label={`Previous ${one}`} path="M9 1v10L2 6z" off={last < 1} onClick={() => go(-1)} />
      <button
        type="button"
        class="icon projection-play"
        aria-label={plays ? "Pause" : `Play the ${track}`}
        title={plays ? "Pause" : `Play the ${track}`}
        aria-pressed={plays}
        disabled={last < 1}
        onClick={toggle}
      >
        <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
          <path d={plays ? "M2 1h3v10H2zM7 1h3v10H7z" : "M2 1l9 5-9 5z"} fill="currentColor" />
        </svg>
      </button>
      <Arrow label={`Next ${one}`} path="M3 1v10l7-5z" off={last < 1} onClick={() => go(1)} />
      <input
        ref={input}
        type="range"
        min={0}
        max={Math.max(1, last)}
        step="any"
        disabled={last < 1}
        aria-label={`Place along the ${track}`}
        onInput={({ currentTarget }) => onSlide(currentTarget.valueAsNumber)}
        onChange={onRest}
        onKeyDown={press}
      />
      <output ref={words} class="transport-now" />
    </span>
  );
}

interface ArrowProps {
  readonly label: string;
  readonly path: string;
  readonly off: boolean;
  readonly onClick: () => void;
}

function Arrow({ label, path, off, onClick }: ArrowProps) {
  return (
    <button
      type="button"
      class="icon"
      aria-label={label}
      title={label}
      disabled={off}
      onClick={onClick}
    >
      <svg viewBox="0 0 12 12" width="10" height="10" aria-hidden="true">
        <path d={path} fill="currentColor" />
      </svg>
    </button>
  );
}
