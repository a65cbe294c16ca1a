const at = 7;
export const helper = () => [at, Date.now(), Math.random()];
