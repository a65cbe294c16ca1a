// Files that can be imported beside code and JSON.

declare module "cloudflare:workers" {
  /** What handlers get as `env`; give it a type with `interface Env`, as in `(env as Env).NAME`. */
  export const env: Record<string, any>;
  export function waitUntil(promise: Promise<any>): void;
  export abstract class WorkerEntrypoint<Env = unknown> {
    protected ctx: ExecutionContext;
    protected env: Env;
    constructor(ctx: ExecutionContext, env: Env);
    fetch?(request: Request): Response | Promise<Response>;
    scheduled?(controller: ScheduledController): void | Promise<void>;
  }
}

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "*.bin" {
  const bytes: ArrayBuffer;
  export default bytes;
}

declare module "*.txt" {
  const text: string;
  export default text;
}

declare module "*.html" {
  const text: string;
  export default text;
}

declare module "*.sql" {
  const text: string;
  export default text;
}
