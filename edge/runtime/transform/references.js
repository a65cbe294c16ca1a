// Where a module uses the names of its imports: identifiers that no inner scope declares for itself.
// https://tc39.es/ecma262/#sec-syntax-directed-operations-scope-analysis

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const BLOCKS = new Set(['BlockStatement', 'StaticBlock', 'ForStatement', 'ForInStatement', 'ForOfStatement', 'SwitchStatement', 'CatchClause']);
const CLASSES = new Set(['ClassDeclaration', 'ClassExpression']);
const LISTS = new Set(['Program', 'BlockStatement', 'StaticBlock', 'SwitchCase']);
const NOT_WALKED = new Set(['type', 'start', 'end', 'label', 'meta', 'exported', 'imported', 'attributes']);

/**
 * Call `found(identifier, use)` for each use of a name in `wanted`; `use` says how it stands there: {called, assigned,
 * shorthand, begins}, the last of which is true where a statement of a list begins with it.
 * `foundSyntax` is called for each `import()` and `import.meta`.  Also gives `assigned`, the names that something is assigned to anywhere, and whether
 * there is a direct `eval`, and an `await` in no function.
 */
export function findReferences(program, wanted, found, foundSyntax) {
  const walk = new Walk(wanted, found, foundSyntax);
  walk.node(program, null, null);
  return { assigned: walk.assigned, evaluates: walk.evaluates, awaits: walk.awaits };
}

class Walk {
  assigned = new Set();
  evaluates = false;
  awaits = false;
  #wanted;
  #found;
  #foundSyntax;
  #scopes = [];
  #functions = 0;
  #statement = -1;

  constructor(wanted, found, foundSyntax) {
    this.#wanted = wanted;
    this.#found = found;
    this.#foundSyntax = foundSyntax;
  }

  node(node, parent, key) {
    if (node.type === 'Identifier') this.#identifier(node, parent, key);
    else if (FUNCTIONS.has(node.type)) this.#function(node);
    else if (CLASSES.has(node.type)) this.#within(node.id === null ? [] : [node.id], () => this.#children(node));
    else if (BLOCKS.has(node.type)) this.#block(node);
    else this.#other(node, parent);
  }

  #other(node, parent) {
    switch (node.type) {
      case 'ImportDeclaration': case 'ExportAllDeclaration': return;
      case 'ExportNamedDeclaration': if (node.declaration !== null) this.node(node.declaration, node, 'declaration'); return;
      case 'ExpressionStatement': this.#statement = LISTS.has(parent.type) ? node.start : -1; break;
      case 'AssignmentExpression': this.#targets(node.left); break;
      case 'UpdateExpression': this.#targets(node.argument); break;
      case 'CallExpression': this.evaluates ||= node.callee.type === 'Identifier' && node.callee.name === 'eval'; break;
      case 'AwaitExpression': this.awaits ||= this.#functions === 0; break;
      case 'VariableDeclaration': this.awaits ||= this.#functions === 0 && node.kind === 'await using'; break;
      case 'BinaryExpression': case 'LogicalExpression': return this.#operands(node);
      case 'ImportExpression': case 'MetaProperty': this.#foundSyntax(node); break;
      case 'Property': if (node.shorthand) return void this.#shorthand(node);
    }
    this.#children(node);
  }

  // `a + b + c + ...` is nested as deeply as it is long.
  #operands(node) {
    const chain = [];
    let first = node;
    for (; first.type === 'BinaryExpression' || first.type === 'LogicalExpression'; first = first.left) chain.push(first);
    this.node(first, chain.at(-1), 'left');
    for (const one of chain.reverse()) this.node(one.right, one, 'right');
  }

  #children(node) {
    for (const key of Object.keys(node)) {
      if (NOT_WALKED.has(key)) continue;
      const value = node[key];
      if (Array.isArray(value)) {
        for (const one of value) if (one !== null) this.node(one, node, key);
      } else if (value !== null && typeof value === 'object' && typeof value.type === 'string') this.node(value, node, key);
    }
  }

  #identifier(node, parent, key) {
    const named = (key === 'property' || key === 'key') && !parent.computed;
    if (named || !this.#isImport(node.name)) return;
    const called = (key === 'callee' && parent.type === 'CallExpression') || key === 'tag';
    const assigned = (key === 'left' && parent.type === 'AssignmentExpression') || (key === 'argument' && parent.type === 'UpdateExpression');
    this.#found(node, { called, assigned, shorthand: false, begins: node.start === this.#statement });
  }

  // `{ a }`, also as a pattern with a default: key and value are the same characters.
  #shorthand({ value }) {
    const name = value.type === 'AssignmentPattern' ? value.left : value;
    if (this.#isImport(name.name)) this.#found(name, { called: false, assigned: false, shorthand: true, begins: false });
    if (value !== name) this.node(value.right, value, 'right');
  }

  #isImport(name) {
    return this.#wanted.has(name) && !this.#scopes.some((scope) => scope.has(name));
  }

  #function(node) {
    const own = node.type === 'FunctionExpression' && node.id !== null ? [node.id] : [];
    this.#functions += 1;
    this.#within([...own, ...node.params.flatMap(bound)], () => {
      for (const param of node.params) this.node(param, node, 'params');
      const body = node.body.type === 'BlockStatement' ? [...lexical(node.body.body), ...variables(node.body)] : [];
      this.#within(body, () => (node.body.type === 'BlockStatement' ? this.#children(node.body) : this.node(node.body, node, 'body')));
    });
    this.#functions -= 1;
  }

  #block(node) {
    if (node.type === 'ForOfStatement' || node.type === 'ForInStatement') this.#targets(node.left);
    if (node.type === 'ForOfStatement' && node.await) this.awaits ||= this.#functions === 0;
    const isStatic = node.type === 'StaticBlock';
    if (isStatic) this.#functions += 1;
    this.#within(isStatic ? [...lexical(node.body), ...variables(node)] : declaredIn(node), () => this.#children(node));
    if (isStatic) this.#functions -= 1;
  }

  #within(identifiers, walk) {
    const names = identifiers.filter(({ name }) => this.#wanted.has(name));
    if (names.length > 0) this.#scopes.push(new Set(names.map(({ name }) => name)));
    walk();
    if (names.length > 0) this.#scopes.pop();
  }

  #targets(pattern) {
    for (const { name } of bound(pattern)) this.assigned.add(name);
  }
}

/** The names that a program declares for itself, imports apart. */
export function declaredNames(program) {
  const statements = program.body.map((node) => (/^Export(?:Named|Default)Declaration$/.test(node.type) ? node.declaration : node));
  const present = statements.filter((node) => node !== null && node.id !== null);
  return new Set([...lexical(present), ...variables(program)].map(({ name }) => name));
}

/** The identifiers that a pattern binds or assigns to. */
export function bound(node) {
  switch (node?.type) {
    case 'Identifier': return [node];
    case 'ObjectPattern': return node.properties.flatMap((property) => bound(property.type === 'RestElement' ? property.argument : property.value));
    case 'ArrayPattern': return node.elements.flatMap(bound);
    case 'AssignmentPattern': return bound(node.left);
    case 'RestElement': return bound(node.argument);
    default: return [];
  }
}

function declaredIn(node) {
  switch (node.type) {
    case 'CatchClause': return bound(node.param);
    case 'SwitchStatement': return node.cases.flatMap((one) => lexical(one.consequent));
    case 'BlockStatement': return lexical(node.body);
    case 'ForStatement': return node.init === null ? [] : lexical([node.init]);
    default: return lexical([node.left]);
  }
}

// What a list of statements declares for its block.
function lexical(statements) {
  return statements.flatMap((node) => {
    if (node.type === 'VariableDeclaration') return node.kind === 'var' ? [] : node.declarations.flatMap(({ id }) => bound(id));
    return node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration' ? [node.id] : [];
  });
}

// Functions and classes keep theirs for themselves.
function hasVariables(node) {
  return typeof node?.type === 'string' && !FUNCTIONS.has(node.type) && !CLASSES.has(node.type);
}

// The `var` names of a function's body.
function variables(node) {
  const found = [];
  const waiting = [node];
  while (waiting.length > 0) {
    const one = waiting.pop();
    if (one.type === 'VariableDeclaration' && one.kind === 'var') found.push(...one.declarations.flatMap(({ id }) => bound(id)));
    for (const value of Object.values(one)) {
      for (const inner of Array.isArray(value) ? value : [value]) if (hasVariables(inner)) waiting.push(inner);
    }
  }
  return found;
}
