// Builtins that read V8's clock by themselves, for packages that mention them: V8 makes them when they are used first,
// which takes longer than a small function does.

import { ObjectDefineProperty, ObjectKeys, ReflectApply, ReflectGetOwnPropertyDescriptor } from './primordials.js';
import { readClock } from './tape.js';

function replace(owner, name, make) {
  const found = ReflectGetOwnPropertyDescriptor(owner, name);
  if (found !== undefined && typeof found.value === 'function') ObjectDefineProperty(owner, name, { __proto__: null, ...found, value: make(found.value) });
}

function watchTemporal() {
  const { Temporal } = globalThis;
  const Now = Temporal?.Now;
  if (Now === undefined) return;
  const { fromEpochMilliseconds } = Temporal.Instant;
  const zone = Now.timeZoneId;
  const instant = () => ReflectApply(fromEpochMilliseconds, Temporal.Instant, [readClock()]);
  const { toZonedDateTimeISO } = Temporal.Instant.prototype;
  const zoned = (timeZone = zone()) => ReflectApply(toZonedDateTimeISO, instant(), [timeZone]);
  const { prototype } = Temporal.ZonedDateTime;
  const { toPlainDateTime, toPlainDate, toPlainTime } = prototype;
  const methods = {
    instant() { return instant(); },
    zonedDateTimeISO(timeZone) { return zoned(timeZone); },
    plainDateTimeISO(timeZone) { return ReflectApply(toPlainDateTime, zoned(timeZone), []); },
    plainDateISO(timeZone) { return ReflectApply(toPlainDate, zoned(timeZone), []); },
    plainTimeISO(timeZone) { return ReflectApply(toPlainTime, zoned(timeZone), []); },
  };
  const names = ObjectKeys(methods);
  for (let i = 0; i < names.length; i++) replace(Now, names[i], () => methods[names[i]]);
}

function watchIntl() {
  const prototype = globalThis.Intl?.DateTimeFormat?.prototype;
  if (prototype === undefined) return;
  replace(prototype, 'formatToParts', (original) => ({
    formatToParts(date) { return ReflectApply(original, this, [date === undefined ? readClock() : date]); },
  }).formatToParts);
  const found = ReflectGetOwnPropertyDescriptor(prototype, 'format');
  if (found?.get === undefined) return;
  const formatOf = found.get;
  ObjectDefineProperty(prototype, 'format', {
    __proto__: null,
    ...found,
    get: ReflectGetOwnPropertyDescriptor({
      get format() {
        const original = ReflectApply(formatOf, this, []);
        return (date) => original(date === undefined ? readClock() : date);
      },
    }, 'format').get,
  });
}

/** `names`: those of `Temporal` and `Intl` that the package mentions. */
export function watch(names) {
  for (let i = 0; i < names.length; i++) {
    if (names[i] === 'Temporal') watchTemporal();
    else watchIntl();
  }
}
