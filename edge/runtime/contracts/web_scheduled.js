// scheduled(controller, env, ctx): https://developers.cloudflare.com/workers/runtime-apis/handlers/scheduled/

import { ReflectApply } from '../bootstrap/primordials.js';
import { BadFunction } from '../bootstrap/failures.js';
import { defineInterface, illegalConstructor } from '../webidl/index.js';

const TOKEN = { __proto__: null };
export const NO_RETRY = 'edge-no-retry';

let refusedRetry;

export class ScheduledController {
  #scheduled;
  #noRetry = false;

  static {
    refusedRetry = (controller) => controller.#noRetry;
  }

  constructor(token = undefined, scheduled = undefined) {
    if (token !== TOKEN) illegalConstructor();
    this.#scheduled = scheduled;
  }

  get cron() { return this.#scheduled.cron ?? ''; }
  get scheduledTime() { return this.#scheduled.time; }
  get type() { return 'scheduled'; }

  /** A run that fails is not to be tried again. */
  noRetry() { this.#noRetry = true; }
}
defineInterface(ScheduledController, 'ScheduledController');

/** The run is over, and has failed or not, when all that was given to waitUntil has settled too. */
export async function run(handler, invocation, env, context) {
  const { scheduled } = handler;
  if (typeof scheduled !== 'function') {
    throw new BadFunction('the default export has no scheduled function (export default { scheduled(controller, env, ctx) { ... } })');
  }
  const controller = new ScheduledController(TOKEN, invocation.request.scheduled);
  await ReflectApply(scheduled, handler, [controller, env, context]);
  await invocation.settle();
  const failed = invocation.background?.first ?? null;
  if (failed !== null) throw failed.error;
  invocation.respond(204, refusedRetry(controller) ? [[NO_RETRY, 'true']] : []);
}
