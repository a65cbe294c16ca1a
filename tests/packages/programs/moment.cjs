const moment = require('moment');
require('moment/locale/fr');

exports.run = () => {
  moment.locale('en');
  const day = moment.utc('2013-02-08 09:30:26.123');
  return [
    day.format(), day.clone().add(3, 'months').endOf('month').format('LLLL'), day.clone().locale('fr').format('dddd D MMMM'),
    moment.duration(90, 'minutes').humanize(), moment.utc([2007, 0, 29]).from(moment.utc([2007, 0, 28])), day.isoWeek(), moment('nope', 'YYYY', true).isValid(),
  ];
};
