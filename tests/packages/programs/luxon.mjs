import { DateTime, Duration, Info, Interval } from 'luxon';

export function run() {
  const start = DateTime.fromISO('2024-03-31T01:30:00', { zone: 'Europe/Berlin' });
  return [
    start.toISO(), start.plus({ hours: 1 }).toISO(), start.setLocale('fr').toLocaleString(DateTime.DATETIME_FULL),
    start.setZone('America/Los_Angeles').toFormat("yyyy LLL dd, HH:mm 'at' ZZZZ"), Duration.fromObject({ hours: 25, minutes: 5 }).normalize().toHuman(),
    Interval.fromDateTimes(start, start.plus({ days: 3 })).splitBy({ days: 1 }).map(String), Info.weekdays('short', { locale: 'de' }),
    start.toRelative({ base: start.plus({ days: 2 }) }), DateTime.fromISO('x').invalidReason,
  ];
}
