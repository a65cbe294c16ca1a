// Text inside HTML.

import { RegExpPrototypeSymbolReplace } from '../../bootstrap/primordials.js';

const SPECIAL = /[&<>"']/g;
const ENTITIES = { __proto__: null, '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export const escapeHtml = (text) => RegExpPrototypeSymbolReplace(SPECIAL, text, (character) => ENTITIES[character]);
