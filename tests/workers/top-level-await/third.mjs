// Does not wait itself: an await inside of a function is another matter.
import { order } from './order.mjs';

order.push('third');
export const later = async () => await 1;
