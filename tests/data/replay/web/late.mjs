export const made = [Date.now(), Math.random()];
