import middy from '@middy/core';
import errors from '@middy/http-error-handler';
import headers from '@middy/http-header-normalizer';
import json from '@middy/http-json-body-parser';

async function order(event, context) {
  if (event.body.bad) throw Object.assign(new Error('no good'), { statusCode: 422, expose: true });
  return { statusCode: 200, body: JSON.stringify({ got: event.body, left: context.getRemainingTimeInMillis() > 0 }) };
}

export const handler = middy(order).use(headers()).use(json()).use(errors());
