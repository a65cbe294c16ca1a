// structuredClone: https://html.spec.whatwg.org/multipage/structured-data.html#dom-structuredclone

import { nameFunctions, requireArguments } from '../webidl/index.js';
import { cloneWithTransfer } from './clone.js';
import { transferListOf } from './transfer_list.js';

export { cloneValue, cloneWithTransfer } from './clone.js';
export { refusal } from './refusal.js';
export { transferArgument } from './transfer_list.js';

function structuredClone(value, options = undefined) {
  requireArguments(arguments.length, 1, 'structuredClone');
  return cloneWithTransfer(value, transferListOf(options, 'structuredClone')).value;
}

export const globals = nameFunctions({ structuredClone });
