// An A/B test: a cookie keeps each visitor in the group that the first visit drew.

const NAME = 'myExampleWorkersABTest';

export default {
  async fetch(req, env) {
    const url = new URL(req.url);
    if (url.pathname.startsWith('/favicon.ico')) return new Response(null, { status: 204 });
    const cookie = req.headers.get('cookie');
    if (cookie?.includes(`${NAME}=control`)) {
      url.pathname = '/control' + url.pathname;
    } else if (cookie?.includes(`${NAME}=test`)) {
      url.pathname = '/test' + url.pathname;
    } else {
      const group = Math.random() < 0.5 ? 'test' : 'control';
      const res = await fetch(`${env.ORIGIN}/text`);
      const answer = new Response(res.body, res);
      answer.headers.append('Set-Cookie', `${NAME}=${group}; path=/`);
      answer.headers.set('x-group', /^(test|control)$/.test(group) ? 'drawn' : 'odd');
      return answer;
    }
    return new Response(`${url.pathname}`);
  },
};
