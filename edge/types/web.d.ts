// The web contract: `export default { fetch(request, env, ctx) }`.

interface ExecutionContext<Props = any> {
  /** Work that goes on after the response. */
  waitUntil(promise: Promise<any>): void;
  passThroughOnException(): void;
  readonly props: Props;
}

/** Another function of the gateway (`services` of the config), called in memory. */
interface Fetcher {
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
}

interface ScheduledController {
  readonly cron: string;
  /** Milliseconds since the Unix epoch: when it should have begun. */
  readonly scheduledTime: number;
  readonly type: "scheduled";
  /** A run that fails is not to be tried again. */
  noRetry(): void;
}

type ExportedHandlerFetchHandler<Env = unknown, Props = any> = (request: Request, env: Env, ctx: ExecutionContext<Props>) => Response | Promise<Response>;
type ExportedHandlerScheduledHandler<Env = unknown, Props = any> = (controller: ScheduledController, env: Env, ctx: ExecutionContext<Props>) => void | Promise<void>;

/** `export default { ... } satisfies ExportedHandler<Env>`; Env is what the config gives the function. */
interface ExportedHandler<Env = unknown, Props = any> {
  fetch?: ExportedHandlerFetchHandler<Env, Props>;
  scheduled?: ExportedHandlerScheduledHandler<Env, Props>;
}

/** `export const config`: what the exports leave open. */
interface FunctionConfig {
  contract?: "event" | "express" | "web";
}
