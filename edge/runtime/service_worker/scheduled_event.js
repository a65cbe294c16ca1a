// ScheduledEvent: what Workers in service worker syntax get at a time of their schedule.
// https://developers.cloudflare.com/workers/runtime-apis/handlers/scheduled/

import { defineInterface, requireArguments, toDictionary, toDOMString } from '../webidl/index.js';
import { ExtendableEvent } from './extendable_event.js';

export class ScheduledEvent extends ExtendableEvent {
  #cron;
  #scheduledTime;

  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'ScheduledEvent'");
    super(type, init);
    const { cron, scheduledTime } = toDictionary(init, 'The event init');
    this.#cron = cron === undefined ? '' : toDOMString(cron);
    this.#scheduledTime = scheduledTime === undefined ? 0 : +scheduledTime;
  }

  get cron() { return this.#cron; }
  get scheduledTime() { return this.#scheduledTime; }
}
defineInterface(ScheduledEvent, 'ScheduledEvent');
