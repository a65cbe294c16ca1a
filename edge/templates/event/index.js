// A function in Lambda style: an event comes in, { statusCode, headers, body } goes out.

/** @type {(statusCode: number, body: string) => FunctionResult} */
const text = (statusCode, body) => ({ statusCode, headers: { "content-type": "text/plain" }, body });

/** @type {EventHandler} */
exports.handler = async (event, context) => {
  const { method } = event.requestContext.http;
  if (event.rawPath === "/") {
    context.waitUntil(kv.incr("greeted"));
    return text(200, `${process.env.GREETING}, ${event.queryStringParameters?.name ?? "world"}!\n`);
  }
  // A result without statusCode is answered as JSON.
  if (event.rawPath === "/greeted" && method === "GET") return { greeted: (await kv.get("greeted")) ?? 0 };
  return text(404, "There is nothing here.\n");
};
