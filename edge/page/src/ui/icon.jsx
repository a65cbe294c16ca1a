// Icons of 20 by 20, drawn with strokes in the colour of the text.

const PATHS = {
  overview: "M3 11l4-4 3 3 7-7M3 17h14",
  functions: "M8 3c-2 0-2 1.5-2 3s0 3-2 4c2 1 2 2.500 2 4s0 3 2 3M12 3c2 0 2 1.500 2 3s0 3 2 4c-2 1-2 2.500-2 4s0 3-2 3",
  logs: "M4 5h12M4 10h12M4 15h7",
  invocations: "M3 5h6M7 10h7M11 15h6",
  schedules: "M10 17a7 7 0 100-14 7 7 0 000 14zM10 6v4l3 2",
  queue: "M3 5h14v3H3zM3 11h14v4H3z",
  kv: "M4 5c0-3 12-3 12 0v10c0 3-12 3-12 0zM4 5c0 3 12 3 12 0M4 10c0 3 12 3 12 0",
  egress: "M10 17a7 7 0 100-14 7 7 0 000 14zM3 10h14M10 3c-4 4-4 10 0 14M10 3c4 4 4 10 0 14",
  config: "M4 6h7M15 6h1M4 14h1M9 14h7M13 4v4M7 12v4",
  cache: "M10 3l7 4-7 4-7-4zM3 11l7 4 7-4",
  audit: "M6 3h8l2 2v12H4V5zM7 9h6M7 13h4",
  search: "M9 15a6 6 0 100-12 6 6 0 000 12zM13.500 13.500L17 17",
  alert: "M10 3l8 14H2zM10 8v4M10 14.500v.5",
  retry: "M16 6v4h-4M16 10a6 6 0 10-1 4",
  copy: "M7 7h9v9H7zM4 13V4h9",
  back: "M12 4l-6 6 6 6",
  empty: "M3 11l3-7h8l3 7v5H3zM3 11h4l1 2h4l1-2h4",
  sun: "M10 14a4 4 0 100-8 4 4 0 000 8zM10 2v1M10 17v1M2 10h1M17 10h1M4.500 4.500l.7.7M14.800 14.800l.7.7M4.500 15.500l.7-.7M14.800 5.200l.7-.7",
  moon: "M16 12a7 7 0 01-8-8 7 7 0 108 8z",
  auto: "M10 17a7 7 0 100-14 7 7 0 000 14zM10 3v14M10 6h4M10 9h5.500M10 12h5M10 15h3",
  keyboard: "M2 5h16v10H2zM5 8h.5M8 8h.5M11 8h.5M14 8h.5M6 12h8",
  menu: "M3 6h14M3 10h14M3 14h14",
  close: "M5 5l10 10M15 5L5 15",
  play: "M6 4l10 6-10 6z",
  pause: "M7 4v12M13 4v12",
  download: "M10 3v9M6 9l4 4 4-4M4 16h12",
  upload: "M10 13V4M6 8l4-4 4 4M4 16h12",
  trash: "M4 6h12M8 6V4h4v2M6 6l1 11h6l1-11",
  plus: "M10 4v12M4 10h12",
  check: "M4 10l4 4 8-8",
  out: "M12 4H5v12h7M9 10h8M14 7l3 3-3 3",
  down: "M10 4v12M5 11l5 5 5-5",
  undo: "M7 5L3 9l4 4M3 9h9a4 4 0 010 8h-2",
};

export function Icon({ name, size = 18 }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.500" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
