const Stripe = require('stripe');

exports.run = async ({ ORIGIN }) => {
  const { hostname, port } = new URL(ORIGIN);
  const stripe = new Stripe('sk_test', { host: hostname, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false });
  const made = await stripe.customers.create({ email: 'a@b.c', metadata: { k: 'v' }, address: { line1: 'x y' } });
  const { type, code, message, statusCode } = await stripe.customers.retrieve('none').catch((error) => error);
  const all = [];
  for await (const { id } of stripe.customers.list({ limit: 1 })) all.push(id);
  const payload = '{"id":"evt","object":"event"}';
  const header = await stripe.webhooks.generateTestHeaderStringAsync({ payload, secret: 'whsec', timestamp: 1 });
  const event = await stripe.webhooks.constructEventAsync(payload, header, 'whsec', 1e12);
  return [made.sent, made.authorization, type, code, message, statusCode, all, header, event.id];
};
