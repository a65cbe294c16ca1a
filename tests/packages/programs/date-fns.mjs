import { add, addDays, differenceInBusinessDays, eachDayOfInterval, format, formatDistance, intlFormat, isValid, parse, parseISO } from 'date-fns';
import { de, ja } from 'date-fns/locale';

export function run() {
  const day = parseISO('2024-02-28T10:00:00Z');
  return [
    addDays(day, 2).toISOString(), format(new Date(2024, 1, 28, 10), 'PPPPpp', { locale: de }), formatDistance(day, add(day, { months: 2 }), { locale: ja, addSuffix: true }),
    differenceInBusinessDays(new Date(2024, 6, 20), new Date(2024, 0, 10)), eachDayOfInterval({ start: day, end: addDays(day, 2) }).length,
    parse('29.02.2024', 'dd.MM.yyyy', new Date(0)).getDate(), intlFormat(day, { weekday: 'long', timeZone: 'UTC' }, { locale: 'es-ES' }), isValid(new Date('x')),
  ];
}
