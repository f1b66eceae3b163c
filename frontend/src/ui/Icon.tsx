const PATHS = {
  search: "M8.5 8.5 11.5 11.5M5.5 9.5a4 4 0 1 1 0-8 4 4 0 0 1 0 8z",
  link: "M4 4h7v7H4zM8 4V1H1v7h3",
  sort: "M3.5 1.5v9M1.5 8.5l2 2 2-2M8.5 10.5v-9M6.5 3.5l2-2 2 2",
  close: "M2 2l8 8M10 2l-8 8",
  help: "M4 4.2a2 2 0 1 1 2.7 1.9C6 6.4 6 6.9 6 7.5M6 9.6v.6",
  problem: "M6 1 11.5 11H.5zM6 4.8v2.7M6 9.2v.3",
  rail: "M1 1.5h10v9H1zM4.5 1.5v9",
  note: "M6 1a5 5 0 1 1 0 10A5 5 0 0 1 6 1zM6 5.5v3M6 3.3v.3",
} as const;

/** A line drawing of 12 pixels; what it does is said by the button around it. */
export function Icon({ name }: { readonly name: keyof typeof PATHS }) {
  return (
    <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.3"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
