// Signed cookies, as cookie-parser reads them: https://github.com/tj/node-cookie-signature

import { Error, RegExpPrototypeSymbolReplace } from '../../bootstrap/primordials.js';
import { loadBuiltin } from '../../bootstrap/modules.js';

const PADDING = /=+$/;

/** The value and its signature; `secret` is what cookie-parser left in `req.secret`. */
export function sign(value, secret) {
  if (!secret) throw new Error('cookieParser("secret") required for signed cookies: use the package cookie-parser, or sign the value yourself with crypto.createHmac');
  const signature = loadBuiltin('crypto').createHmac('sha256', secret).update(value).digest('base64');
  return `${value}.${RegExpPrototypeSymbolReplace(PADDING, signature, '')}`;
}
