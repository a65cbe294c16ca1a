// What a program of this folder gives, as text: the same text in a function and under Node.

function plain(key, value) {
  if (typeof value === 'bigint') return `${value}n`;
  if (value === undefined) return '[undefined]';
  if (value instanceof Map) return { map: [...value] };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') };
  return value instanceof RegExp ? String(value) : value;
}

export async function shown(run, env) {
  const value = await run(env);
  return typeof value === 'string' ? value : JSON.stringify(value, plain, 1);
}
