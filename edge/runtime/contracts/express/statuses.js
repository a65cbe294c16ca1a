// Reason phrases, which node:http has, too.

export { isEmptyStatus, reasonPhrase } from '../../http/statuses.js';
