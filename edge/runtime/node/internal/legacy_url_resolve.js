// url.resolve: what a link is, seen from a page.  https://www.rfc-editor.org/rfc/rfc3986#section-5.2, with the habits of old browsers.

import { isHostless, isSlashed, Url } from './legacy_url.js';

const USER_OF_HOST = /^([^@]+)@(.*)$/;

function finish(result) {
  if (result.pathname !== null || result.search !== null) result.path = (result.pathname ?? '') + (result.search ?? '');
  result.href = result.format();
  return result;
}

function takeQuery(result, to) {
  result.search = to.search;
  result.query = to.query;
}

function isAbsolute(parts) {
  return parts.length > 0 && (parts[0] === '' || parts[0].startsWith('/'));
}

/** The link names another protocol. */
function changeProtocol(result, to) {
  if (!isSlashed(to.protocol)) return finish(Object.assign(result, to));
  result.protocol = to.protocol;
  result.pathname = to.pathname;
  let { host, hostname } = to;
  if (!host && to.protocol !== 'file:' && !isHostless(to.protocol)) {
    // Such URLs have a host, so the path gives its first name for it.
    const parts = (to.pathname ?? '').split('/');
    while (parts.length > 0 && !host) host = parts.shift();
    host ??= '';
    hostname ??= '';
    result.pathname = `/${parts.join('/').replace(/^\//, '')}`;
  }
  takeQuery(result, to);
  result.host = host ?? '';
  result.hostname = hostname || host || '';
  result.auth = to.auth;
  result.port = to.port;
  result.slashes ||= to.slashes;
  return finish(result);
}

/** Removes dots; says how many `..` went above the beginning. */
function removeDots(parts) {
  let up = 0;
  const kept = [];
  for (let i = parts.length - 1; i >= 0; i--) {
    if (parts[i] === '.') continue;
    if (parts[i] === '..') up++;
    else if (up > 0) up--;
    else kept.unshift(parts[i]);
  }
  return { kept, up };
}

// Without slashes after the protocol the host is but the first part of the path, and `..` may go beyond it.
function hostIntoPath(url, parts) {
  if (url.host) {
    if (parts[0] === '') parts[0] = url.host;
    else parts.unshift(url.host);
  }
}

function hostFromPath(result, host) {
  result.host = host;
  result.hostname = host;
  const found = USER_OF_HOST.exec(host ?? '');
  if (found === null) return;
  result.auth = found[1];
  result.host = found[2];
  result.hostname = found[2];
}

function takeAuthority(result, to) {
  if (typeof to.host === 'string') {
    if (result.host !== to.host) result.auth = null;
    result.host = to.host;
    result.port = to.port;
  }
  if (typeof to.hostname === 'string') {
    if (result.hostname !== to.hostname) result.auth = null;
    result.hostname = to.hostname;
  }
}

export function resolveObject(from, to) {
  const result = Object.assign(new Url(), from);
  result.hash = to.hash;
  if (to.href === '') {
    result.href = result.format();
    return result;
  }
  if (to.slashes && !to.protocol) {
    Object.assign(result, to, { protocol: result.protocol });
    if (isSlashed(result.protocol) && result.hostname && !result.pathname) result.pathname = result.path = '/';
    result.href = result.format();
    return result;
  }
  if (to.protocol && to.protocol !== result.protocol) return changeProtocol(result, to);
  return resolvePath(result, { ...to });
}

function resolvePath(result, to) {
  const absoluteLink = Boolean(to.host || to.pathname?.startsWith('/'));
  let rooted = absoluteLink || Boolean(result.pathname?.startsWith('/')) || Boolean(result.host && to.pathname);
  const dropsAbove = rooted;
  let parts = result.pathname ? result.pathname.split('/') : [];
  const link = to.pathname ? to.pathname.split('/') : [];
  const hostInPath = Boolean(result.protocol) && !isSlashed(result.protocol);
  if (hostInPath) {
    hostIntoPath(result, parts);
    Object.assign(result, { host: '', hostname: '', port: null });
    if (to.protocol) {
      hostIntoPath(to, link);
      Object.assign(to, { host: null, hostname: null, port: null });
      result.auth = null;
    }
    rooted &&= link[0] === '' || parts[0] === '';
  }
  if (absoluteLink) {
    takeAuthority(result, to);
    takeQuery(result, to);
    parts = link;
  } else if (link.length > 0) {
    parts = parts.slice(0, -1).concat(link);
    takeQuery(result, to);
  } else if (to.search !== null && to.search !== undefined) {
    if (hostInPath) hostFromPath(result, parts.shift());
    takeQuery(result, to);
    return finish(result);
  }
  if (parts.length === 0) {
    result.pathname = null;
    result.path = result.search ? `/${result.search}` : null;
    result.href = result.format();
    return result;
  }
  return setPath(result, to, parts, { rooted, dropsAbove, hostInPath });
}

function setPath(result, to, parts, { rooted, dropsAbove, hostInPath }) {
  const last = parts[parts.length - 1];
  const folder = last === '' || ((last === '.' || last === '..') && Boolean(result.host || to.host || parts.length > 1));
  const { kept, up } = removeDots(parts);
  if (!rooted && !dropsAbove) for (let i = 0; i < up; i++) kept.unshift('..');
  if (rooted && !isAbsolute(kept)) kept.unshift('');
  if (folder && !kept.join('/').endsWith('/')) kept.push('');
  const absolute = isAbsolute(kept);
  if (hostInPath) hostFromPath(result, absolute ? '' : (kept.shift() ?? ''));
  if ((rooted || (result.host && kept.length > 0)) && !absolute) kept.unshift('');
  result.pathname = kept.length > 0 ? kept.join('/') : null;
  if (kept.length === 0) result.path = null;
  result.auth = to.auth || result.auth;
  result.slashes ||= to.slashes;
  return finish(result);
}
