// res.sendFile and res.download: a file of the package or of /tmp as the answer.  https://expressjs.com/en/5x/api.html#res.sendFile

import {
  DatePrototypeToUTCString, Error, MathFloor, MathMax, MathMin, NumberPrototypeToString, ObjectKeys, Promise, PromisePrototypeThen, ReflectApply,
  StringPrototypeStartsWith, StringPrototypeToLowerCase, TypeError,
} from '../../bootstrap/primordials.js';
import { queueTask } from '../../bootstrap/tasks.js';
import { Buffer } from '../../node/internal/buffer/class.js';
import { close, open, read } from '../../node/internal/fs/files.js';
import { stat } from '../../node/internal/fs/meta.js';
import path from '../../node/path.js';
import { conditionOf, rangeOf } from './conditions.js';
import { attachment } from './disposition.js';
import { httpError, namedError } from './errors.js';
import { weakTag } from './etag.js';
import { candidates, checkPath, pathOf } from './file_path.js';
import { fileType } from './media_type.js';
import { originOf } from './message/incoming_message.js';
import { UNSATISFIABLE } from './range.js';
import { durationOf } from './duration.js';

const PIECE = 65536;
const YEAR = 31536000000;
const NOT_THERE = { __proto__: null, ENOENT: true, ENOTDIR: true, ENAMETOOLONG: true };
const OF_CONTENT = ['Content-Encoding', 'Content-Language', 'Content-Length', 'Content-Range', 'Content-Type'];

function withStatus(error, status) {
  error.status = error.statusCode = status;
  error.expose = false; // its message has a path
  return error;
}

function directory() {
  const error = new Error('EISDIR, read');
  error.code = 'EISDIR';
  return error;
}

/** `{file, stats}` of the first candidate that is a file. */
function find(given, options) {
  const list = candidates(pathOf(given, options.root, options.dotfiles), options);
  let failure = namedError(404);
  for (let i = 0; i < list.length; i++) {
    try {
      const stats = stat(list[i]);
      if (!stats.isDirectory()) return { __proto__: null, file: list[i], stats };
      failure = directory();
    } catch (error) {
      failure = withStatus(error, NOT_THERE[error.code] ? 404 : 500);
    }
  }
  throw failure;
}

// Files of the package have no times of their own: what changes with them is the version of the function.
function describe(res, file, stats, options) {
  const ofPackage = !StringPrototypeStartsWith(file, '/tmp/');
  if (options.acceptRanges !== false && !res.getHeader('Accept-Ranges')) res.setHeader('Accept-Ranges', 'bytes');
  if (options.cacheControl !== false && !res.getHeader('Cache-Control')) res.setHeader('Cache-Control', cacheControl(options));
  if (options.lastModified !== false && !ofPackage && !res.getHeader('Last-Modified')) res.setHeader('Last-Modified', DatePrototypeToUTCString(stats.mtime));
  if (res.getHeader('ETag')) return;
  const changes = ofPackage ? originOf(res.req)?.version ?? '' : NumberPrototypeToString(MathFloor(stats.mtimeMs), 16);
  res.setHeader('ETag', ofPackage ? weakTag(`${stats.size} ${file} ${changes}`) : `W/"${NumberPrototypeToString(stats.size, 16)}-${changes}"`);
}

function cacheControl({ maxAge, maxage, immutable }) {
  const given = maxAge ?? maxage;
  const age = MathMin(MathMax(0, typeof given === 'string' ? durationOf(given) : +(given ?? 0) || 0), YEAR);
  return `public, max-age=${MathFloor(age / 1000)}${immutable ? ', immutable' : ''}`;
}

function setHeaders(res, headers) {
  const names = ObjectKeys(headers ?? {});
  for (let i = 0; i < names.length; i++) res.setHeader(names[i], headers[names[i]]);
}

function failed(res, status, size) {
  const error = namedError(status);
  if (status === 416) error.headers = { 'Content-Range': `bytes */${size}` };
  return error;
}

/** Answers with the head of a file; what is still to be sent of it: `{start, end}`, or null. */
function answerHead(res, { file, stats }, options) {
  setHeaders(res, options.headers);
  describe(res, file, stats, options);
  if (!res.getHeader('Content-Type')) res.setHeader('Content-Type', fileType(path.extname(file)));
  const condition = conditionOf(res.req, res);
  if (condition === 412) throw failed(res, 412);
  if (condition === 304) {
    for (let i = 0; i < OF_CONTENT.length; i++) res.removeHeader(OF_CONTENT[i]);
    res.statusCode = 304;
    return null;
  }
  return partOf(res, stats.size, options);
}

function partOf(res, total, options) {
  const offset = options.start ?? 0;
  const size = MathMin(MathMax(0, total - offset), options.end === undefined ? total : options.end - offset + 1);
  const range = options.acceptRanges === false ? null : rangeOf(res.req, res, size);
  if (range === UNSATISFIABLE) {
    res.setHeader('Content-Range', `bytes */${size}`);
    throw failed(res, 416, size);
  }
  const part = range ?? { start: 0, end: size - 1 };
  if (range !== null) {
    res.statusCode = 206;
    res.setHeader('Content-Range', `bytes ${range.start}-${range.end}/${size}`);
  }
  res.setHeader('Content-Length', part.end - part.start + 1);
  return res.req.method === 'HEAD' ? null : { __proto__: null, start: offset + part.start, end: offset + part.end };
}

function readPart(fd, position, length) {
  const buffer = Buffer.allocUnsafe(length);
  const got = read(fd, buffer, 0, length, position);
  return got === length ? buffer : buffer.subarray(0, got);
}

const drained = (res) => new Promise((resolve) => {
  res.once('drain', resolve);
  res.once('close', resolve);
});

/** Sends a part of a file, no faster than the client takes it. */
async function sendPart(res, file, { start, end }) {
  const fd = open(file, 'r');
  try {
    for (let at = start; at <= end && !res.destroyed; ) {
      const chunk = readPart(fd, at, MathMin(PIECE, end - at + 1));
      if (chunk.length === 0) throw new Error('the file has become shorter while it was sent');
      at += chunk.length;
      if (at > end) res.end(chunk);
      else if (!res.write(chunk)) await drained(res);
      if (res.req.aborted) return;
    }
    if (end < start) res.end();
  } finally {
    close(fd);
  }
}

// Told once: how it ended.
function watch(res, done) {
  let told = false;
  const tell = (error) => {
    if (told) return;
    told = true;
    done(error);
  };
  res.once('finish', () => tell());
  res.once('close', () => {
    const error = new Error('Request aborted');
    error.code = 'ECONNABORTED';
    tell(error);
  });
  return tell;
}

function deliver(res, given, options, tell) {
  try {
    if (res.headersSent) throw httpError(500, "Can't set headers after they are sent.");
    const found = find(given, options);
    const part = answerHead(res, found, options);
    if (part === null) {
      res.end();
      return;
    }
    PromisePrototypeThen(sendPart(res, found.file, part), undefined, (error) => {
      if (res.headersSent) res.destroy(error);
      tell(withStatus(error, 500));
    });
  } catch (error) {
    tell(error);
  }
}

/** `sendFile(path[, options][, callback])`.  Without a callback errors go to `next`. */
export function sendFile(res, given, options, callback) {
  const done = typeof options === 'function' ? options : callback;
  const chosen = typeof options === 'function' ? {} : options ?? {};
  checkPath(given, chosen.root);
  const { req } = res;
  const tell = watch(res, (error) => {
    if (typeof done === 'function') ReflectApply(done, undefined, error === undefined ? [] : [error]);
    else if (error?.code === 'EISDIR') req.next();
    else if (error !== undefined && error.code !== 'ECONNABORTED' && error.syscall !== 'write') req.next(error);
  });
  // As reading a file does, it takes a while.
  queueTask(() => deliver(res, given, chosen, tell));
}

// `{name, options, callback}` of the arguments behind the path, in their many forms.
function downloadArguments(filename, options, callback) {
  if (typeof filename === 'function') return { __proto__: null, name: undefined, options: {}, callback: filename };
  if (typeof filename === 'object' && filename !== null && (typeof options === 'function' || options === undefined)) {
    return { __proto__: null, name: undefined, options: filename, callback: options ?? callback };
  }
  if (typeof options === 'function') return { __proto__: null, name: filename, options: {}, callback: options };
  return { __proto__: null, name: filename, options: options ?? {}, callback };
}

/** `download(path[, filename][, options][, callback])`. */
export function download(res, given, filename, options, callback) {
  if (typeof given !== 'string') throw new TypeError('path must be a string to res.download');
  const chosen = downloadArguments(filename, options, callback);
  const headers = { 'Content-Disposition': attachment(`${chosen.name || given}`) };
  const others = chosen.options.headers ?? {};
  const names = ObjectKeys(others);
  for (let i = 0; i < names.length; i++) if (StringPrototypeToLowerCase(names[i]) !== 'content-disposition') headers[names[i]] = others[names[i]];
  sendFile(res, chosen.options.root ? given : path.resolve(given), { ...chosen.options, headers }, chosen.callback);
}
