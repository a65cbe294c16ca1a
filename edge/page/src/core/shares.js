// Shares of requests, which are whole and come to 100.

/** Whole shares of 100 for weights of any size; what rounding leaves over goes to the largest remainders. */
export function shares(weights) {
  const names = Object.keys(weights);
  const total = names.reduce((sum, name) => sum + weights[name], 0);
  const exact = names.map((name) => (total ? (weights[name] * 100) / total : 100 / names.length));
  const whole = exact.map(Math.floor);
  let left = 100 - whole.reduce((sum, value) => sum + value, 0);
  const order = exact.map((value, index) => [value - whole[index], index]).sort((a, b) => b[0] - a[0] || a[1] - b[1]);
  for (const [, index] of order) {
    if (left <= 0) break;
    whole[index] += 1;
    left -= 1;
  }
  return Object.fromEntries(names.map((name, index) => [name, whole[index]]));
}

/** `weights`, of which one becomes `value`: the others keep their proportions and give or take the rest. */
export function moved(weights, name, value) {
  const others = Object.keys(weights).filter((each) => each !== name);
  if (others.length === 0) return { [name]: 100 };
  const rest = 100 - value;
  const sum = others.reduce((total, each) => total + weights[each], 0);
  const wanted = Object.fromEntries(others.map((each) => [each, sum ? weights[each] : 1]));
  const scaled = shares(wanted);
  const exact = Object.fromEntries(others.map((each) => [each, (scaled[each] * rest) / 100]));
  const whole = Object.fromEntries(others.map((each) => [each, Math.floor(exact[each])]));
  let left = rest - others.reduce((total, each) => total + whole[each], 0);
  for (const each of [...others].sort((a, b) => exact[b] - whole[b] - (exact[a] - whole[a]))) {
    if (left <= 0) break;
    whole[each] += 1;
    left -= 1;
  }
  return Object.fromEntries(Object.keys(weights).map((each) => [each, each === name ? value : whole[each]]));
}
