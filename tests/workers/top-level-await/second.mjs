import { order } from './order.mjs';
import './first.mjs';
import { value } from './cycle.mjs';

if (order.length > 0) await null;
order.push('second');

export const names = await Promise.all(['a', 'b'].map(async (name) => name + value()));
export default await (Promise.resolve('default'));
