interface Props {
  /** In the network's order. */
  readonly layers: readonly string[];
  readonly layer: string;
  readonly onLayer: (layer: string) => void;
}

/** A layer by name, or by going through the network. */
export function LayerChoice({ layers, layer, onLayer }: Props) {
  const place = Math.max(0, layers.indexOf(layer));
  return (
    <div class="layer-choice">
      <select
        aria-label="Layer of the map and of similarity"
        value={layers[place]}
        onChange={(event) => onLayer(event.currentTarget.value)}
      >
        {layers.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      {layers.length > 1 && (
        <input
          type="range"
          min={0}
          max={layers.length - 1}
          step={1}
          value={place}
          aria-label="Layer of the map, from input to output"
          aria-valuetext={layers[place]}
          title="Layer, from input to output"
          onInput={(event) => {
            const chosen = layers[Number(event.currentTarget.value)];
            if (chosen !== undefined) onLayer(chosen);
          }}
        />
      )}
    </div>
  );
}
