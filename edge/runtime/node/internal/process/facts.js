// What process tells of Node and its surroundings.  https://nodejs.org/api/process.html

import { ObjectFreeze } from '../../../bootstrap/primordials.js';

const VERSION = '24.0.0';

export const facts = {
  title: 'node',
  version: `v${VERSION}`,
  versions: ObjectFreeze({ node: VERSION, v8: '14.4', uv: '1.50.0', zlib: '1.3.1', modules: '137', openssl: '3.0.16', unicode: '16.0' }),
  release: ObjectFreeze({ name: 'node', lts: 'Krypton' }),
  features: ObjectFreeze({
    inspector: false, debug: false, uv: false, ipv6: true, tls_alpn: false, tls_sni: true, tls_ocsp: false, tls: true, cached_builtins: true, typescript: 'transform',
    require_module: true,
  }),
  config: ObjectFreeze({ target_defaults: ObjectFreeze({}), variables: ObjectFreeze({ napi_build_version: '0' }) }),
  platform: 'linux',
  arch: 'x64',
  pid: 1,
  ppid: 0,
  argv: ['/usr/bin/node', '/app'],
  argv0: 'node',
  execArgv: [],
  execPath: '/usr/bin/node',
  exitCode: undefined,
  debugPort: 9229,
  domain: null,
  sourceMapsEnabled: true,
};
