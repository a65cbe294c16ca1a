import { URLPattern } from './url_pattern.js';

export const globals = { URLPattern };
