import { order } from './order.mjs';

await new Promise((resolve) => setTimeout(resolve, 3));
order.push('first');
