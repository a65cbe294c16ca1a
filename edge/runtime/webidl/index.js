// Web IDL for the other folders; nothing of it is global.

export * from './ascii.js';
export * from './conversions.js';
export * from './interface.js';
export * from './platform.js';

export const globals = {};
