exports.handler = async (event, context) => {
  if (event.path.endsWith('throws')) throw new Error('event ' + Math.random());
  await new Promise((r) => setTimeout(r, 2));
  if (event.path.endsWith('binary')) return { statusCode: 200, isBase64Encoded: true, body: require('crypto').randomBytes(50).toString('base64') };
  return { statusCode: 200, headers: { 'x-r': String(Math.random()) }, body: JSON.stringify({ left: context.getRemainingTimeInMillis(), id: context.awsRequestId, at: Date.now() }) };
};
