// The event of a scheduled run: https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html

import { Date, DatePrototypeToISOString } from '../../bootstrap/primordials.js';

export function createScheduledEvent(invocation) {
  const { cron = '', time } = invocation.request.scheduled;
  return {
    version: '0',
    id: invocation.requestId,
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '000000000000',
    time: DatePrototypeToISOString(new Date(time)),
    region: 'local',
    resources: [`arn:aws:events:local:000000000000:rule/${invocation.function}`],
    detail: { cron, scheduledTime: time },
  };
}
