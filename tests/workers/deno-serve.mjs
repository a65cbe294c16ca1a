// What only Deno has is not there; the error says what to write instead.

Deno.serve(() => new Response('hello'));
