const elapsed = async (run) => {
  const begin = Date.now();
  await new Promise(run);
  return Date.now() - begin;
};

test('timers that set timers wait 4 ms from the sixth level on', async () => {
  const took = await elapsed((resolve) => {
    let left = 16;
    const again = () => { left -= 1; if (left === 0) resolve(); else setTimeout(again, 0); };
    setTimeout(again, 0);
  });
  assert_true(took >= 40, `${took} ms for 16 levels`);
});

test('an interval nests in itself', async () => {
  const took = await elapsed((resolve) => {
    let left = 16;
    const interval = setInterval(() => { left -= 1; if (left === 0) { clearInterval(interval); resolve(); } }, 0);
  });
  assert_true(took >= 40, `${took} ms for 16 rounds`);
});

test('code as text is refused', () => {
  for (const handler of ['globalThis.ran = true', undefined, null, {}, 5]) assert_throws(TypeError, () => setTimeout(handler, 0));
});

test('delays are converted', async () => {
  const order = [];
  setTimeout(() => order.push('late'), { valueOf: () => 20 });
  for (const delay of [-5, NaN, Infinity, '1', null, undefined, 2 ** 31, true]) setTimeout(() => order.push(String(delay)), delay);
  await sleep(30);
  assert_equals(order.join(), '-5,NaN,Infinity,1,null,undefined,2147483648,true,late');
  assert_throws(TypeError, () => setTimeout(() => {}, Symbol('x')));
  assert_throws(TypeError, () => setTimeout(() => {}, 1n));
});

test('arguments are passed on, and `this` is the global object', async () => {
  const seen = await new Promise((resolve) => { setTimeout(function (...args) { resolve([this === globalThis, ...args]); }, 1, 'a', 2); });
  assert_deep_equals(seen, [true, 'a', 2]);
});

test('handles are numbers for who wants numbers, and either clear clears both kinds', async () => {
  let ran = 0;
  const timeout = setTimeout(() => { ran += 1; }, 1);
  const interval = setInterval(() => { ran += 1; }, 1);
  assert_true(+timeout > 0 && +interval > +timeout);
  clearInterval(+timeout);
  clearTimeout(`${+interval}`);
  for (const none of [undefined, null, 0, -1, NaN, {}, 'x', 1e9]) clearTimeout(none);
  await sleep(5);
  assert_equals(ran, 0);
});

test('a timer that clears another one in the same turn', async () => {
  let ran = false;
  let second;
  setTimeout(() => clearTimeout(second), 1);
  second = setTimeout(() => { ran = true; }, 1);
  await sleep(5);
  assert_false(ran);
});
