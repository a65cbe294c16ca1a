// A function in Lambda style: an event comes in, { statusCode, headers, body } goes out.

const text = (statusCode: number, body: string): FunctionResult => ({ statusCode, headers: { "content-type": "text/plain" }, body });

export const handler: EventHandler = async (event, context) => {
  const { method } = event.requestContext.http;
  if (event.rawPath === "/") {
    context.waitUntil(kv.incr("greeted"));
    return text(200, `${process.env.GREETING}, ${event.queryStringParameters?.name ?? "world"}!\n`);
  }
  // A result without statusCode is answered as JSON.
  if (event.rawPath === "/greeted" && method === "GET") return { greeted: (await kv.get<number>("greeted")) ?? 0 };
  return text(404, "There is nothing here.\n");
};
