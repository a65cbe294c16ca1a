// The event contract: handler(event, context[, callback]), as Lambda function URLs call it.

export { run } from './event/run.js';
