export const waited = await Promise.resolve(true);
