// An ES module as the body of a function with one parameter of its own, `$esm` (bootstrap/es_modules.js):
//
//   import d, { a as b } from './x'   $m0=$esm.i("./x",["a"]) and, for what is no ES module, $m0d=$esm.d("./x"); b is $m0.a
//   import * as n from './x'          n=$esm.n("./x")
//   export { a, f }                   $esm.e({a:()=>a},{f}) before all else, so that cycles see functions, and a's dead zone
//   export * from './x'               $esm.s("./x")
//
// All that is made of declarations comes first, as it is evaluated first; nothing else moves.

import { Parser } from 'acorn';
import { Edits } from './edits.js';
import { bound, declaredNames, findReferences } from './references.js';

const OPTIONS = { ecmaVersion: 'latest', sourceType: 'module', allowReturnOutsideFunction: true, allowHashBang: true, allowSuperOutsideMethod: true };
// In TypeScript what is exported may be a type, of which nothing is left.
const LenientParser = Parser.extend((Base) => class extends Base { checkLocalExport() {} });
const SIMPLE = /^[A-Za-z_$][\w$]*$/;

/**
 * The module as such a body: {code, mappings, waits}, the last of which says whether it awaits at its top level.  `lenient`: names
 * may be imported that are not there, because they may be types.  Throws SyntaxError.
 */
export function transformModule(source, lenient) {
  return new EsModule(source, (lenient ? LenientParser : Parser).parse(source, OPTIONS), lenient).transform();
}

class EsModule {
  #source;
  #program;
  #lenient;
  #edits;
  #prefix;
  #requests = new Map(); // key of a request -> {variable, key, names, wants}
  #locals = new Map(); // name of an import here -> {text} that stands for it; also {from, wanted}, when it is a property
  #exports = new Map(); // exported name -> {local}, or the same as for an import
  #functions = new Set(); // names of function declarations at the top
  #head = [];
  #tail = '';

  constructor(source, program, lenient) {
    this.#source = source;
    this.#program = program;
    this.#lenient = lenient;
    this.#edits = new Edits(source);
    this.#prefix = freeName(source, '$m');
  }

  transform() {
    for (const node of this.#program.body) this.#statement(node);
    if (this.#lenient) this.#dropTypes();
    const { assigned, evaluates, awaits } = findReferences(this.#program, this.#locals, (node, use) => this.#use(node, use), (node) => this.#syntax(node));
    this.#finish(assigned, evaluates);
    return { code: this.#edits.apply() + this.#tail, mappings: this.#edits.mappings(), waits: awaits };
  }

  // -- declarations

  #statement(node) {
    switch (node.type) {
      case 'ImportDeclaration': return this.#import(node);
      case 'ExportAllDeclaration': return this.#exportAll(node);
      case 'ExportNamedDeclaration': return this.#exportNamed(node);
      case 'ExportDefaultDeclaration': return this.#exportDefault(node);
      case 'FunctionDeclaration': return void this.#functions.add(node.id.name);
    }
  }

  #import(node) {
    const request = this.#request(node);
    for (const specifier of node.specifiers) {
      const local = specifier.local.name;
      if (specifier.type === 'ImportNamespaceSpecifier') this.#locals.set(local, { text: this.#variable(request, 'n') });
      else this.#locals.set(local, this.#imported(request, specifier.type === 'ImportDefaultSpecifier' ? 'default' : nameOf(specifier.imported)));
    }
    this.#edits.blank(node.start, node.end);
  }

  #exportAll(node) {
    const request = this.#request(node);
    if (node.exported === null) request.wants.add('s');
    else this.#exports.set(nameOf(node.exported), { text: this.#variable(request, 'n') });
    this.#edits.blank(node.start, node.end);
  }

  #exportNamed(node) {
    if (node.declaration !== null) {
      this.#exportDeclared(node.declaration);
      this.#edits.blank(node.start, node.declaration.start);
      return;
    }
    const request = node.source === null ? null : this.#request(node);
    for (const { local, exported } of node.specifiers) {
      const name = nameOf(exported);
      if (request === null) this.#exports.set(name, { local: local.name });
      else this.#exports.set(name, this.#imported(request, nameOf(local)));
    }
    this.#edits.blank(node.start, node.end);
  }

  #exportDeclared(declaration) {
    if (declaration.type === 'FunctionDeclaration') this.#functions.add(declaration.id.name);
    const names = declaration.type === 'VariableDeclaration' ? declaration.declarations.flatMap(({ id }) => bound(id)) : [declaration.id];
    for (const { name } of names) this.#exports.set(name, { local: name });
  }

  // `{default:VALUE}.default` gives a function without a name the name that it is to have.
  #exportDefault({ start, end, declaration }) {
    const isFunction = declaration.type === 'FunctionDeclaration';
    if (declaration.id) {
      this.#edits.blank(start, declaration.start);
      if (isFunction) this.#functions.add(declaration.id.name);
      this.#exports.set('default', { local: declaration.id.name });
      return;
    }
    const name = `${this.#prefix}default`;
    this.#exports.set('default', { local: name });
    if (isFunction) {
      this.#edits.blank(start, declaration.start);
      this.#edits.insert(this.#source.indexOf('(', this.#afterStar(declaration)), ` ${name}`);
      this.#functions.add(name);
      this.#head.push(`$esm.name(${name});`);
      return;
    }
    const isClass = declaration.type === 'ClassDeclaration';
    const valueStart = isClass ? declaration.start : this.#valueStart(start);
    this.#edits.replace(start, valueStart, `const ${name}={default:${this.#source.slice(start, valueStart).replace(/[^\n]/g, '')}`);
    const valueEnd = isClass ? end : this.#valueEnd(end);
    this.#edits.insert(valueEnd, '}.default;');
  }

  // Where the parameters of a function without a name begin, at the latest comment in front of them.
  #afterStar({ start, params, body }) {
    const limit = params.length > 0 ? params[0].start : body.start;
    let at = start;
    for (let open; (open = this.#source.indexOf('/*', at)) >= 0 && open < limit && open < this.#source.indexOf('(', at);) at = this.#source.indexOf('*/', open) + 2;
    return at;
  }

  // Parentheses around an expression are not in its node.
  #valueStart(start) {
    const head = /^export(?:\s|\/\*[^]*?\*\/|\/\/[^\n]*\n)*default/.exec(this.#source.slice(start));
    return start + head[0].length;
  }

  #valueEnd(end) {
    return this.#source[end - 1] === ';' ? end - 1 : end;
  }

  #dropTypes() {
    const declared = declaredNames(this.#program);
    for (const [name, { local }] of this.#exports) {
      const isThere = local === undefined || this.#locals.has(local) || declared.has(local) || local === `${this.#prefix}default`;
      if (!isThere) this.#exports.delete(name);
    }
  }

  // -- requests

  #request(node) {
    const type = node.attributes?.find(({ key }) => nameOf(key) === 'type')?.value.value ?? '';
    const key = type === '' || type === 'json' ? node.source.value : `${node.source.value}\0${type}`;
    let request = this.#requests.get(key);
    if (request === undefined) {
      request = { key, variable: `${this.#prefix}${this.#requests.size}`, names: new Set(), wants: new Set() };
      this.#requests.set(key, request);
    }
    return request;
  }

  #variable(request, kind) {
    request.wants.add(kind);
    return kind === 'i' ? request.variable : `${request.variable}${kind}`;
  }

  #imported(request, wanted) {
    const from = this.#variable(request, wanted === 'default' ? 'd' : 'i');
    if (wanted !== 'default') request.names.add(wanted);
    return { text: `${from}${SIMPLE.test(wanted) ? `.${wanted}` : `[${JSON.stringify(wanted)}]`}`, from, wanted };
  }

  // -- uses

  #use(node, { called, assigned, shorthand, begins }) {
    const { text } = this.#locals.get(node.name);
    if (assigned) this.#edits.replace(node.start, node.end, `$esm.constant.${node.name}`);
    else if (shorthand) this.#edits.insert(node.end, `:${text}`);
    else if (called) this.#edits.replace(node.start, node.end, `${begins ? ';' : ''}(0,${text})`, true);
    else this.#edits.replace(node.start, node.end, text);
  }

  // `import(` and `import.meta` become names of the same length.
  #syntax({ type, start, meta }) {
    if (type === 'ImportExpression') {
      const phase = /^import\s*\.\s*\w+/.exec(this.#source.slice(start, start + 40));
      this.#edits.replace(start, start + 6, '$mport');
      if (phase !== null && phase[0].length > 6) this.#edits.blank(start + 6, start + phase[0].length);
    } else if (meta.name === 'import') {
      const [written] = /^import[^]*?meta/.exec(this.#source.slice(start));
      this.#edits.replace(start, start + written.length, `$importMeta${written.replace(/[^\n]/g, '')}`);
    }
  }

  // -- what comes first, and last

  #finish(assigned, evaluates) {
    const getters = [];
    const hoisted = [];
    const settled = [];
    const forwarded = [];
    for (const [name, one] of [...this.#exports].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const { text, from, wanted } = one.text === undefined ? this.#locals.get(one.local) ?? one : one;
      const quoted = JSON.stringify(name);
      getters.push(`${name === '__proto__' ? '["__proto__"]' : SIMPLE.test(name) ? name : quoted}:()=>${text ?? one.local}`);
      const isFixed = text === undefined ? !evaluates && !assigned.has(one.local) : from === undefined;
      if (isFixed && this.#functions.has(one.local)) hoisted.push(quoted);
      else if (isFixed) settled.push(quoted);
      else if (from !== undefined) forwarded.push(`[${quoted},${from},${JSON.stringify(wanted)}]`);
    }
    if (getters.length > 0) this.#head.unshift(`$esm.e({${getters}},[${hoisted}]);`);
    for (const request of this.#requests.values()) this.#head.push(this.#load(request));
    if (this.#head.length > 0) this.#edits.insert(this.#program.body[0].start, this.#head.join(''));
    this.#tail = settled.length > 0 || forwarded.length > 0 || this.#hasStars ? `\n;$esm.c([${settled}],[${forwarded}])` : '';
  }

  get #hasStars() {
    return [...this.#requests.values()].some(({ wants }) => wants.has('s'));
  }

  #load({ key, variable, names, wants }) {
    const specifier = JSON.stringify(key);
    const checked = this.#lenient || names.size === 0 ? '' : `,[${[...names].map((name) => JSON.stringify(name))}]`;
    const parts = [];
    if (wants.has('i') || wants.size === 0) parts.push(`${wants.size === 0 ? '' : `var ${variable}=`}$esm.i(${specifier}${checked});`);
    if (wants.has('d')) parts.push(`var ${variable}d=$esm.d(${specifier}${this.#lenient ? ',1' : ''});`);
    if (wants.has('n')) parts.push(`var ${variable}n=$esm.n(${specifier});`);
    if (wants.has('s')) parts.push(`$esm.s(${specifier});`);
    return parts.join('');
  }
}

const nameOf = (node) => (node.type === 'Literal' ? node.value : node.name);

function freeName(source, wanted) {
  let name = wanted;
  while (source.includes(name)) name += '_';
  return name;
}
