import { names } from './second.mjs';

export const value = () => (names === undefined ? '!' : '?');
await 0;
