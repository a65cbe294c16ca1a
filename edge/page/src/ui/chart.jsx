// Time series, drawn by uPlot on a canvas; what it shows last is in the document as text, too.

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useSize } from "../core/hooks.js";

const HEIGHT = 176;
const YOUNGEST = 60; // seconds that are shown at least, also of a gateway that has just begun
const cursor = { sync: { key: "time" }, points: { size: 6 }, y: false, drag: { x: false, y: false } };

/** CSS variables as a canvas needs them. */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** Series on top of each other: uPlot draws lines, so each gets the sum of itself and those below it. */
function stack(columns) {
  const sums = [];
  let below = null;
  for (const column of columns) {
    const own = below === null ? column : column.map((value, index) => (value === null ? null : value + (below[index] ?? 0)));
    sums.push(own);
    below = own;
  }
  return sums;
}

/** Steps of an axis that people can read: of bytes they are powers of two. */
const STEPS = {
  bytes: Array.from({ length: 45 }, (_, power) => 2 ** power),
  whole: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000],
};

function options({ series, format, stacked, width, range, steps }) {
  const grid = { stroke: colour("grid"), width: 1 };
  const axis = { stroke: colour("muted"), grid, ticks: { show: false }, font: "11px system-ui, sans-serif", gap: 6 };
  return {
    width,
    height: HEIGHT,
    padding: [8, 10, 0, 0],
    cursor,
    legend: { show: false },
    scales: { x: { time: true, range }, y: { range: (_, min, max) => [0, max > 0 ? max * 1.12 : 1] } },
    axes: [
      { ...axis, size: 26, space: 70, values: "{HH}:{mm}:{ss}" },
      { ...axis, size: 62, space: 34, ...(STEPS[steps] ? { incrs: STEPS[steps] } : {}), values: (_, values) => values.map((value) => format(value)) },
    ],
    series: [
      {},
      ...series.map(({ label, color }) => ({
        label,
        stroke: colour(color),
        width: 1.5,
        fill: stacked || series.length === 1 ? `${colour(color)}${stacked ? "55" : "22"}` : undefined,
        points: { show: false },
        spanGaps: false,
      })),
    ],
  };
}

/** `columns` are numbers or null beside `times` (seconds since the epoch), one column for each of `series`. */
export function Chart({ title, times, columns, series, format, stacked = false, theme, window: seconds, steps }) {
  const [box, size] = useSize();
  const plot = useRef(null);
  const span = useRef([0, 1]);
  const made = useRef("");
  const values = stacked ? stack(columns) : columns;
  const key = JSON.stringify([series, theme, stacked]);

  useLayoutEffect(() => {
    if (size.width === 0) return;
    const end = times.at(-1) ?? Date.now() / 1000;
    span.current = [Math.max(end - seconds, Math.min(times[0] ?? end, end - YOUNGEST)), end];
    const order = stacked ? [...values].reverse() : values;
    const drawn = stacked ? [...series].reverse() : series;
    if (made.current !== key) {
      plot.current?.destroy();
      plot.current = new uPlot(options({ series: drawn, format, stacked, width: size.width, steps, range: () => span.current }), [times, ...order], box.current);
      made.current = key;
    } else {
      if (plot.current.width !== size.width) plot.current.setSize({ width: size.width, height: HEIGHT });
      plot.current.setData([times, ...order]);
    }
  });
  useEffect(() => () => plot.current?.destroy(), []);

  const now = columns.map((column) => column.findLast((value) => value !== null) ?? null);
  const said = series.map(({ label }, index) => `${label} ${format(now[index])}`).join(", ");
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        <ul class="legend">
          {series.map(({ label, color }, index) => <li key={label}><i style={{ background: `var(--${color})` }} /> {label} <b>{format(now[index])}</b></li>)}
        </ul>
      </figcaption>
      <div ref={box} class="plot" role="img" aria-label={`${title} over time; latest: ${said || "nothing yet"}`} />
    </figure>
  );
}
