export const late = await Promise.resolve('came late');
