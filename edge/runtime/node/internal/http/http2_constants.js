// http2.constants: https://nodejs.org/api/http2.html#http2constants

import {
  NumberParseInt, ReflectOwnKeys, StringPrototypeReplaceAll, StringPrototypeSplit, StringPrototypeToUpperCase, RegExpPrototypeSymbolReplace,
} from '../../../bootstrap/primordials.js';
import { METHODS } from './methods.js';

const ERRORS = 'NO_ERROR PROTOCOL_ERROR INTERNAL_ERROR FLOW_CONTROL_ERROR SETTINGS_TIMEOUT STREAM_CLOSED FRAME_SIZE_ERROR REFUSED_STREAM CANCEL COMPRESSION_ERROR CONNECT_ERROR ENHANCE_YOUR_CALM INADEQUATE_SECURITY HTTP_1_1_REQUIRED';
const PSEUDO = 'status method authority scheme path protocol';
const HEADERS =
  'access-control-allow-credentials access-control-allow-headers access-control-allow-methods access-control-allow-origin access-control-expose-headers access-control-request-headers access-control-request-method accept-charset accept-encoding accept-language accept-ranges accept access-control-max-age age allow alt-svc authorization cache-control connection content-disposition content-encoding content-language content-length content-location content-md5 content-range content-security-policy content-type cookie date dnt early-data etag expect-ct expect expires forwarded from host http2-settings if-match if-modified-since if-none-match if-range if-unmodified-since keep-alive last-modified link location max-forwards origin pragma prefer priority proxy-authenticate proxy-authorization proxy-connection purpose range referer refresh retry-after server set-cookie strict-transport-security te timing-allow-origin tk trailer transfer-encoding upgrade-insecure-requests upgrade user-agent vary via warning www-authenticate x-content-type-options x-forwarded-for x-frame-options x-http2-hash x-xss-protection';

const upper = (text) => StringPrototypeToUpperCase(StringPrototypeReplaceAll(text, '-', '_'));
const statusName = (phrase) => StringPrototypeToUpperCase(RegExpPrototypeSymbolReplace(/[^A-Za-z]+/g, StringPrototypeReplaceAll(phrase, "'", ''), '_'));

/** A table of names and numbers; `phrases` are those of the statuses. */
export function constantsOf(phrases) {
  const table = {};
  const errors = StringPrototypeSplit(ERRORS, ' ');
  for (let i = 0; i < errors.length; i++) table[`NGHTTP2_${errors[i]}`] = i;
  table.DEFAULT_SETTINGS_HEADER_TABLE_SIZE = 4096;
  table.DEFAULT_SETTINGS_INITIAL_WINDOW_SIZE = 65535;
  table.DEFAULT_SETTINGS_MAX_FRAME_SIZE = 16384;
  const pseudo = StringPrototypeSplit(PSEUDO, ' ');
  for (let i = 0; i < pseudo.length; i++) table[`HTTP2_HEADER_${upper(pseudo[i])}`] = `:${pseudo[i]}`;
  const headers = StringPrototypeSplit(HEADERS, ' ');
  for (let i = 0; i < headers.length; i++) table[`HTTP2_HEADER_${upper(headers[i])}`] = headers[i];
  for (let i = 0; i < METHODS.length; i++) table[`HTTP2_METHOD_${upper(METHODS[i])}`] = METHODS[i];
  const statuses = ReflectOwnKeys(phrases);
  for (let i = 0; i < statuses.length; i++) table[`HTTP_STATUS_${statusName(phrases[statuses[i]])}`] = NumberParseInt(statuses[i], 10);
  return table;
}
