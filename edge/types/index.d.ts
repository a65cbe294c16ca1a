// What a function of edge finds: everything beside ECMAScript itself.
//
// tsconfig.json: { "compilerOptions": { "lib": ["ESNext"], "types": [] }, "include": ["**/*.ts", "types/edge/index.d.ts"] }
// Without "DOM": a function is no browser.  With @types/node leave node.d.ts out.

/// <reference lib="esnext" />
/// <reference path="events.d.ts" />
/// <reference path="abort.d.ts" />
/// <reference path="messaging.d.ts" />
/// <reference path="encoding.d.ts" />
/// <reference path="streams.d.ts" />
/// <reference path="compression.d.ts" />
/// <reference path="files.d.ts" />
/// <reference path="url.d.ts" />
/// <reference path="fetch.d.ts" />
/// <reference path="cache.d.ts" />
/// <reference path="websocket.d.ts" />
/// <reference path="eventsource.d.ts" />
/// <reference path="crypto.d.ts" />
/// <reference path="performance.d.ts" />
/// <reference path="console.d.ts" />
/// <reference path="timers.d.ts" />
/// <reference path="globals.d.ts" />
/// <reference path="webassembly.d.ts" />
/// <reference path="kv.d.ts" />
/// <reference path="web.d.ts" />
/// <reference path="express.d.ts" />
/// <reference path="realtime.d.ts" />
/// <reference path="event.d.ts" />
/// <reference path="service_worker.d.ts" />
/// <reference path="modules.d.ts" />
/// <reference path="workers.d.ts" />
/// <reference path="test.d.ts" />
/// <reference path="node.d.ts" />
