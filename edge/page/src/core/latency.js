// Percentiles of durations that were counted in buckets of a fixed ratio: number 0 ends at `smallest` seconds, number n at
// smallest * 2 ** (n / perOctave).

/** Adds the counts of `more` to `counts`, both by bucket. */
export function add(counts, more) {
  for (const [bucket, count] of Object.entries(more)) counts[bucket] = (counts[bucket] ?? 0) + count;
  return counts;
}

/** Seconds below which `share` (0 to 1) of the durations are, or null when there are none. */
export function percentile(counts, share, { smallest = 1e-4, per_octave: perOctave = 4 } = {}) {
  const buckets = Object.entries(counts).map(([bucket, count]) => [Number(bucket), count]).sort((a, b) => a[0] - b[0]);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return null;
  let left = share * total;
  for (const [bucket, count] of buckets) {
    if (left <= count) {
      const end = smallest * 2 ** (bucket / perOctave);
      const start = bucket === 0 ? 0 : smallest * 2 ** ((bucket - 1) / perOctave);
      return start + (end - start) * (left / count);
    }
    left -= count;
  }
  return smallest * 2 ** (buckets.at(-1)[0] / perOctave);
}
