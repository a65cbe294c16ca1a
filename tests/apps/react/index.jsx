// React on the server: text at once, and a stream with Suspense.

import { Suspense, createContext, use, useId, useState } from 'react';
import { renderToReadableStream } from 'react-dom/server';

const Theme = createContext('light');

function Counter() {
  const [count] = useState(2);
  return <button id={useId()} className={use(Theme)} disabled={false} onClick={() => {}}>{count}</button>;
}

function Data({ promise }) {
  return <p>{use(promise)}</p>;
}

function Broken() {
  throw new Error('broken');
}

const App = ({ name, promise }) => (
  <html lang="en">
    <head><title>{`Page of ${name}`}</title></head>
    <body>
      <Theme value="dark"><Counter /></Theme>
      <p style={{ color: 'red', lineHeight: 1.5 }}>{'<escaped>'}</p>
      <Suspense fallback={<i>loading</i>}><Data promise={promise} /></Suspense>
    </body>
  </html>
);

const later = (value) => new Promise((resolve) => setTimeout(resolve, 5, value));

export default {
  async fetch(request) {
    const url = new URL(request.url);
    try {
      const element = url.pathname === '/broken' ? <Broken /> : <App name="Ada" promise={later('loaded')} />;
      const stream = await renderToReadableStream(element, { signal: request.signal, onError() {} });
      if (url.pathname === '/whole') await stream.allReady;
      return new Response(stream, { headers: { 'content-type': 'text/html' } });
    } catch (error) {
      return new Response(`cannot render: ${error.message}`, { status: 500 });
    }
  },
};
