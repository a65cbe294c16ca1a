// The oldest style: a callback, and one that the event loop still holds back.
exports.handler = (event, context, callback) => {
  const answer = { statusCode: 200, body: 'early' };
  setTimeout(() => { answer.body = 'late'; }, 20);
  if (event.rawPath === '/now') context.callbackWaitsForEmptyEventLoop = false;
  callback(null, answer);
};
