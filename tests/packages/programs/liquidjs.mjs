import { Liquid } from 'liquidjs';

const engine = new Liquid({ templates: { part: 'P:{{ v }}' } });

export const run = async () => [
  await engine.parseAndRender('{% for i in (1..3) %}{{ i | times: 2 }},{% endfor %}{{ "now" | upcase }} {% render "part", v: 3 %} {{ d | date: "%Y-%m-%d" }}', { d: new Date(0) }),
  engine.parseAndRenderSync('{{ x | escape }} {% if a contains "b" %}y{% endif %}', { x: '<', a: 'abc' }),
];
