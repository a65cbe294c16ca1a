const dayjs = require('dayjs');
dayjs.extend(require('dayjs/plugin/utc'));
dayjs.extend(require('dayjs/plugin/timezone'));
dayjs.extend(require('dayjs/plugin/relativeTime'));
dayjs.extend(require('dayjs/plugin/duration'));
require('dayjs/locale/de');

exports.run = () => {
  const day = dayjs.utc('2024-02-29T12:34:56Z');
  return [
    day.add(1, 'year').format('YYYY-MM-DD'), day.tz('America/New_York').format(), day.locale('de').format('dddd, D. MMMM YYYY'),
    day.from(dayjs.utc('2024-03-10')), dayjs.duration(12345678).toISOString(), dayjs.tz('2024-07-01 12:00', 'Europe/Berlin').toISOString(),
    day.diff('2020-01-01', 'month', true),
  ];
};
