// event: a Lambda-style function, (event, context) in and { statusCode, headers, body } out.
//
//   curl http://127.0.0.1:8080/event/prices?currency=EUR
//   curl -X POST -H 'Content-Type: application/json' -d '{"items": [{"price": 12.5, "count": 2}]}' http://127.0.0.1:8080/event/total
//
// A result without statusCode is answered as JSON with status 200.

const RATES = { EUR: 1, CHF: 0.95, USD: 1.08 };
const PRICES_EUR = { apple: 0.5, bread: 3.2, cheese: 7.9 };

const answer = (statusCode, value, headers = {}) => ({ statusCode, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) });
const cents = (amount) => Math.round(amount * 100) / 100;

function prices({ queryStringParameters }) {
  const currency = queryStringParameters?.currency ?? 'EUR';
  if (!Object.hasOwn(RATES, currency)) return answer(400, { error: `currency must be one of ${Object.keys(RATES).join(', ')}` });
  return Object.fromEntries(Object.entries(PRICES_EUR).map(([name, price]) => [name, cents(price * RATES[currency])]));
}

/** The body as a value; text bodies come as they are, all others in base64. */
function parseBody({ body = '', isBase64Encoded }) {
  return JSON.parse(isBase64Encoded ? Buffer.from(body, 'base64').toString() : body);
}

function total(event) {
  let order;
  try {
    order = parseBody(event);
  } catch {
    return answer(400, { error: 'the body is not valid JSON' });
  }
  const isItem = (item) => Number.isFinite(item?.price) && Number.isInteger(item?.count);
  if (!Array.isArray(order?.items) || !order.items.every(isItem)) return answer(400, { error: 'items must be a list of {price, count}' });
  return answer(200, { total: cents(order.items.reduce((sum, { price, count }) => sum + price * count, 0)) }, { 'cache-control': 'no-store' });
}

exports.handler = async (event, context) => {
  const { method } = event.requestContext.http;
  console.log('%s %s, %d ms left', method, event.rawPath, context.getRemainingTimeInMillis());
  if (method === 'GET' && event.rawPath === '/prices') return prices(event);
  if (method === 'POST' && event.rawPath === '/total') return total(event);
  return answer(404, { error: `there is nothing at ${method} ${event.rawPath}`, requestId: context.awsRequestId });
};
