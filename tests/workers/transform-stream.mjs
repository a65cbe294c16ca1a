// Change a body while it passes through.

const upperCase = () => new TransformStream({
  transform(chunk, controller) {
    controller.enqueue(chunk.toUpperCase());
  },
});

export default {
  async fetch(request, env, ctx) {
    if (request.method === 'POST') {
      return new Response(request.body.pipeThrough(new TextDecoderStream()).pipeThrough(upperCase()).pipeThrough(new TextEncoderStream()));
    }
    const response = await fetch(`${env.ORIGIN}/text`);
    const { readable, writable } = new TransformStream();
    ctx.waitUntil(response.body.pipeTo(writable));
    return new Response(readable, response);
  },
};
