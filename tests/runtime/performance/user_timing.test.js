test('marks and measures are entries of the timeline, in the order of time', () => {
  const late = performance.mark('late', { startTime: 30 });
  const early = performance.mark('early', { startTime: 10, detail: { a: [1] } });
  const measure = performance.measure('between', 'early', 'late');
  assert_equals([measure.startTime, measure.duration, measure.detail].join(), '10,20,');
  assert_deep_equals(early.detail, { a: [1] });
  assert_equals(late.detail, null);
  assert_equals(performance.getEntries().map(({ name }) => name).join(), 'early,between,late');
  assert_equals(performance.getEntriesByType('mark').length, 2);
  assert_true(performance.getEntriesByName('between', 'measure')[0] === measure);
  assert_equals(performance.getEntriesByName('between', 'mark').length, 0);
});

test('they can be cleared by name or altogether', () => {
  performance.mark('a');
  performance.mark('b');
  performance.clearMarks('a');
  assert_equals(performance.getEntriesByName('a').length, 0);
  assert_equals(performance.getEntriesByName('b').length, 1);
  performance.clearMarks();
  performance.clearMeasures();
  assert_equals(performance.getEntries().length, 0);
});

test('the last mark of a name counts, and an unknown one is a SyntaxError', () => {
  performance.mark('m', { startTime: 1 });
  performance.mark('m', { startTime: 5 });
  assert_equals(performance.measure('x', { start: 'm', end: 9 }).duration, 4);
  assert_throws('SyntaxError', () => performance.measure('x', 'nothing'));
});

test('combinations that make no sense are refused', () => {
  assert_throws(TypeError, () => performance.measure('x', { start: 1, end: 2, duration: 1 }));
  assert_throws(TypeError, () => performance.measure('x', { duration: 1 }));
  assert_throws(TypeError, () => performance.measure('x', { start: 1 }, 'end'));
  assert_throws(TypeError, () => performance.measure('x', { start: -1 }));
  assert_throws(TypeError, () => performance.measure('x', { start: NaN }));
  assert_throws(TypeError, () => performance.mark('x', { startTime: Infinity }));
  assert_throws(TypeError, () => performance.mark());
  assert_throws(TypeError, () => performance.mark(Symbol('x')));
  assert_throws('DataCloneError', () => performance.mark('x', { detail: () => {} }));
  assert_throws(TypeError, () => new PerformanceEntry());
  assert_throws(TypeError, () => new PerformanceMeasure());
});

test('an entry that a script makes is not in the timeline', () => {
  const mark = new PerformanceMark('own', { startTime: 2 });
  assert_equals(performance.getEntriesByName('own').length, 0);
  assert_equals(JSON.stringify(mark), '{"id":0,"name":"own","entryType":"mark","startTime":2,"duration":0,"navigationId":0,"detail":null}');
});

test('an observer is told of entries in a task, once for all of them', async () => {
  const told = [];
  const observer = new PerformanceObserver(function (list, self, options) {
    told.push(`${list.getEntries().map(({ name }) => name)} ${self === observer && this === observer} ${JSON.stringify(options)}`);
  });
  observer.observe({ entryTypes: ['mark', 'unknown'] });
  performance.mark('one');
  performance.mark('two');
  performance.measure('not asked for');
  await null;
  assert_equals(told.length, 0);
  await sleep(1);
  performance.mark('three');
  await sleep(1);
  observer.disconnect();
  performance.mark('four');
  await sleep(1);
  assert_equals(told.join('; '), 'one,two true {"droppedEntriesCount":0}; three true {}');
});

test('an observer can have what came before it, and take what waits', async () => {
  performance.clearMarks();
  performance.mark('before');
  const seen = [];
  const observer = new PerformanceObserver((list) => seen.push(...list.getEntriesByType('mark').map(({ name }) => name)));
  observer.observe({ type: 'mark', buffered: true });
  assert_equals(observer.takeRecords()[0].name, 'before');
  performance.mark('after');
  await sleep(1);
  assert_equals(seen.join(), 'after');
  assert_throws('InvalidModificationError', () => observer.observe({ entryTypes: ['mark'] }));
  observer.disconnect();
});

test('what observers throw is reported', async () => {
  let reported;
  onerror = (...args) => { reported = args[4]; return true; };
  const observer = new PerformanceObserver(() => { throw 5; });
  observer.observe({ type: 'measure' });
  performance.measure('x');
  await sleep(1);
  onerror = null;
  observer.disconnect();
  assert_equals(reported, 5);
});

test('poisoned builtins do not reach into the timeline', () => {
  const { sort, push } = Array.prototype;
  Array.prototype.sort = Array.prototype.push = () => { throw new Error('poisoned'); };
  try {
    performance.mark('p');
    assert_equals(performance.getEntriesByName('p').length, 1);
  } finally {
    Array.prototype.sort = sort;
    Array.prototype.push = push;
  }
});

test('perf_hooks has the same', () => {
  const hooks = require('perf_hooks');
  assert_true(hooks.performance === performance);
  for (const name of ['Performance', 'PerformanceEntry', 'PerformanceMark', 'PerformanceMeasure', 'PerformanceObserver', 'PerformanceObserverEntryList']) {
    assert_true(hooks[name] === globalThis[name], name);
  }
});
