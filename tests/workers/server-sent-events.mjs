// Server-sent events, written while the client listens.

export default {
  async fetch(request, env, ctx) {
    const { readable, writable } = new TransformStream();
    const writer = writable.getWriter();
    const encoder = new TextEncoder();
    const send = async () => {
      for (let id = 1; id <= 3; id++) {
        await writer.write(encoder.encode(`id: ${id}\nevent: message\ndata: {"n":${id}}\n\n`));
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      await writer.close();
    };
    ctx.waitUntil(send());
    return new Response(readable, { headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache', Connection: 'keep-alive' } });
  },
};
