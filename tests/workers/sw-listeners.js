// Several listeners: the first that answers is the one; what it does wrong is told.

addEventListener('fetch', (event) => {
  const { pathname } = new URL(event.request.url);
  if (pathname === '/first') event.respondWith(new Response('first'));
  if (pathname === '/throws') throw new Error('the listener threw');
  if (pathname === '/late') setTimeout(() => event.respondWith(new Response('late')), 1);
  if (pathname === '/rejects') event.respondWith(Promise.reject(new Error('the response was rejected')));
  if (pathname === '/object') event.respondWith({ status: 200 });
  if (pathname === '/twice') {
    event.respondWith(new Response('once'));
    try {
      event.respondWith(new Response('twice'));
    } catch (error) {
      console.log(error.name);
    }
  }
});

self.addEventListener('fetch', {
  handleEvent(event) {
    if (new URL(event.request.url).pathname === '/second') event.respondWith(Promise.resolve(new Response('second')));
  },
});
