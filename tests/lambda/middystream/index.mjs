import middy from '@middy/core';

export const handler = middy({ streamifyResponse: true }).handler(async () => ({
  statusCode: 200,
  headers: { 'content-type': 'text/csv' },
  body: 'a,b\n1,2\n',
}));
