export { createFetcher } from './fetcher.js';
