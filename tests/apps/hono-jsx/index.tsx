// Pages in Hono's JSX; tsconfig.json says where JSX comes from, as with every bundler.

import { Hono } from 'hono';
import { css, Style } from 'hono/css';
import type { FC, PropsWithChildren } from 'hono/jsx';
import { ErrorBoundary, Fragment, createContext, useContext } from 'hono/jsx';
import { Suspense, renderToReadableStream } from 'hono/jsx/streaming';
import { jsxRenderer } from 'hono/jsx-renderer';

const Theme = createContext('light');
const titleClass = css`color: red;`;

const Item: FC<{ name: string }> = ({ name }) => <li class={useContext(Theme)}>{name}</li>;
const Layout = ({ title, children }: PropsWithChildren<{ title: string }>) => (
  <html lang="en">
    <head><title>{title}</title></head>
    <body>{children}</body>
  </html>
);
const Later = async ({ ms }: { ms: number }) => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return <p>after {ms} ms</p>;
};
const Broken = () => {
  throw new Error('broken');
};

const app = new Hono();

app.get('/', (c) => c.html(
  <Layout title={'A & B'}>
    <Theme.Provider value="dark"><ul>{['x', '<y>'].map((name) => <Item name={name} />)}</ul></Theme.Provider>
    <input disabled value="a&quot;b" data-n={1} style={{ color: 'red' }} />
    {false}{null}{undefined}{0}
    <></>
  </Layout>,
));
app.get('/css', (c) => c.html(<><Style /><h1 class={titleClass}>styled</h1></>));
app.get('/raw', (c) => c.html(<div dangerouslySetInnerHTML={{ __html: '<b>raw</b>' }} />));
app.get('/async', async (c) => c.html(<Layout title="async"><Later ms={3} /></Layout>));
app.get('/stream', (c) => {
  const body = renderToReadableStream(<Suspense fallback={<p>loading</p>}><Later ms={5} /></Suspense>);
  return c.body(body, { headers: { 'Content-Type': 'text/html; charset=UTF-8' } });
});
app.get('/boundary', (c) => c.html(<ErrorBoundary fallback={<p>sorry</p>}><Broken /></ErrorBoundary>));

const rendered = app.basePath('/rendered');
rendered.use(jsxRenderer(({ children }) => <main>{children}</main>));
rendered.get('/page', (c) => c.render(<Fragment>inside</Fragment>));

export default app;
