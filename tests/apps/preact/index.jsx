/** @jsxImportSource preact */
// Preact rendered to text; the comment above says where JSX comes from.

import { createContext } from 'preact';
import { useContext, useMemo, useState } from 'preact/hooks';
import { renderToString, renderToStringAsync } from 'preact-render-to-string';
import { lazy, Suspense } from 'preact/compat';

const Language = createContext('en');

function Greeting({ name }) {
  const [count] = useState(3);
  const marks = useMemo(() => '!'.repeat(count), [count]);
  return <h1 class="title" onClick={() => {}}>{useContext(Language) === 'de' ? 'Hallo' : 'Hello'} {name}{marks}</h1>;
}

const Page = ({ name, children }) => (
  <Language.Provider value="de">
    <Greeting name={name} />
    <svg viewBox="0 0 1 1"><path stroke-width={2} d="M0 0" /></svg>
    <>{children}</>
  </Language.Provider>
);

const Late = lazy(async () => ({ default: () => <p>late</p> }));

export default {
  async fetch(request) {
    const url = new URL(request.url);
    if (url.pathname === '/async') return new Response(await renderToStringAsync(<Suspense fallback="wait"><Late /></Suspense>));
    const body = renderToString(<Page name={url.searchParams.get('name') ?? 'world'}><p style={{ marginTop: 4 }}>text</p></Page>);
    return new Response(`<!doctype html>${body}`, { headers: { 'content-type': 'text/html; charset=utf-8' } });
  },
};
