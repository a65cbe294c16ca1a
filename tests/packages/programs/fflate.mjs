import { gunzipSync, gzipSync, strFromU8, strToU8, unzipSync, zipSync } from 'fflate';

export function run() {
  const zip = zipSync({ 'a.txt': strToU8('hello '.repeat(20)), d: { 'b.bin': new Uint8Array([1, 2]) } }, { mtime: '2020-01-01' });
  return [Object.entries(unzipSync(zip)), strFromU8(gunzipSync(gzipSync(strToU8('text'))))];
}
