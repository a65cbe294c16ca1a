import { names } from './second.mjs';

// The module that imports this one has not run: its names are in their dead zone.
export const value = () => {
  try {
    return names;
  } catch (error) {
    return error.name;
  }
};
await 0;
