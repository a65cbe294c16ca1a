exports.handler = async (event, context) => {
  if (event.rawPath !== '/some/path') return (await context.env.API.fetch('https://api.internal/from')).text();
  const body = event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString() : event.body;
  return { contract: 'event', path: event.rawPath, x: event.queryStringParameters.x, body };
};
