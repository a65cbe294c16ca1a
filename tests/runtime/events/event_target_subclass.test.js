test('a class may extend EventTarget and events carry detail', () => {
  class Counter extends EventTarget {
    count = 0;
    add() { this.count += 1; this.dispatchEvent(new CustomEvent('add', { detail: this.count })); }
  }
  const counter = new Counter();
  let detail;
  counter.addEventListener('add', { handleEvent(event) { detail = event.detail; } });
  counter.add();
  assert_equals(detail, 1);
});

test('an event cannot be dispatched twice at once, and must be an Event', () => {
  const target = new EventTarget();
  const event = new Event('x');
  let error;
  target.addEventListener('x', () => { try { target.dispatchEvent(event); } catch (caught) { error = caught; } });
  target.dispatchEvent(event);
  assert_equals(error.name, 'InvalidStateError');
  assert_throws(TypeError, () => target.dispatchEvent({ type: 'x' }));
});

test('methods refuse an object that only looks like an EventTarget', () => {
  assert_throws(TypeError, () => EventTarget.prototype.addEventListener.call({}, 'x', () => {}));
  assert_throws(TypeError, () => Object.getOwnPropertyDescriptor(Event.prototype, 'type').get.call({}));
});
