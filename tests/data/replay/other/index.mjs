export default { async fetch(r) { return Response.json({ other: Math.random(), said: await r.text() }); } };
