// Calls what the query names: /NAME/METHOD?args=[...]
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const [, name, method] = url.pathname.split('/');
    const args = JSON.parse(url.searchParams.get('args') ?? '[]');
    const times = Number(url.searchParams.get('times') ?? 1);
    try {
      const target = method ? env[name][method] : env[name];
      let result;
      for (let i = 0; i < times; i++) result = await target(...args);
      return Response.json({ result });
    } catch (error) {
      return Response.json({ name: error.name, code: error.code, message: error.message });
    }
  },
};
