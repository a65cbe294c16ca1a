// Rules for edge/runtime: the language, and the house rules of a runtime that shares its realm with user code; and for
// edge/page: the language, and that nothing becomes markup or code there.
// No plugins and no shared configs: everything that is checked is named here.

const GLOBAL_WRITES = [
  ["AssignmentExpression[left.object.name='globalThis']", "assigns to globalThis"],
  ["UpdateExpression[argument.object.name='globalThis']", "changes globalThis"],
  ["UnaryExpression[operator='delete'][argument.object.name='globalThis']", "deletes from globalThis"],
  [
    "CallExpression[arguments.0.name='globalThis'][callee.property.name=/^(assign|defineProperty|defineProperties|deleteProperty|set|setPrototypeOf)$/]",
    "changes globalThis",
  ],
  [
    "CallExpression[arguments.0.name='globalThis'][callee.name=/^(Object|Reflect)(Assign|DefineProperty|DefineProperties|DeleteProperty|Set|SetPrototypeOf)$/]",
    "changes globalThis",
  ],
].map(([selector, what]) => ({ selector, message: `This ${what}; only bootstrap/globals.js may.` }));

// Compiling text as code would let a function that reaches the runtime's strings run with the runtime's primordials.
const COMPILING = [
  { selector: "CallExpression[callee.name='eval']", message: "The runtime compiles no text." },
  { selector: "NewExpression[callee.name='Function']", message: "The runtime compiles no text." },
];

// What the language itself does by name on prototypes that user code can change: iteration, and `then` of what a promise
// is resolved with.  Of files that compute on user data only, wrong answers to who changed Array.prototype are no concern.
const BY_NAME = [
  { selector: "ForOfStatement", message: "for-of calls Symbol.iterator and next by name: use an index." },
  { selector: "ArrayPattern", message: "Array patterns call Symbol.iterator and next by name: use indices." },
  { selector: ":matches(ArrayExpression, CallExpression, NewExpression) > SpreadElement", message: "Spread calls Symbol.iterator by name: use ReflectApply or ArrayPrototypeConcat." },
  {
    selector: "AssignmentExpression[left.type='MemberExpression'][left.property.type='MemberExpression'][left.property.property.name='length']",
    message: "A new element by assignment calls a setter on Object.prototype: use ArrayPrototypePush.",
  },
  { selector: "CallExpression[callee.property.name=/^(then|catch|finally)$/]", message: "Calls a method of Promise.prototype by name: use PromisePrototypeThen." },
];
const ON_USER_DATA = [
  "edge/runtime/node/punycode.js", "edge/runtime/node/internal/{compare,difference,expected_error,legacy_url}.js", "edge/runtime/transform/**",
];

// Functions that give no promise, so that an async function may return what they give as it is.
const SYNCHRONOUS = new Set([
  "JSONParse", "TypedArrayPrototypeGetBuffer", "TypedArrayPrototypeSlice", "createCache", "createResponse", "ownBytes", "responseOf",
  "responsesOf", "textOf", "toBlob", "toFormData", "utf8Text",
  "valueOf",
]);

/** Calls among what `node`, the operand of a return, may give. */
function callsIn(node) {
  if (node === null) return [];
  if (node.type === "ConditionalExpression") return [...callsIn(node.consequent), ...callsIn(node.alternate)];
  if (node.type === "LogicalExpression") return [...callsIn(node.left), ...callsIn(node.right)];
  return node.type === "CallExpression" || (node.type === "NewExpression" && node.callee.name === "Promise") ? [node] : [];
}

const awaitReturnedCalls = {
  create(context) {
    const functions = [];
    const enter = (node) => {
      functions.push(node);
      if (node.async && node.body.type !== "BlockStatement") check(node.body);
    };
    const leave = () => functions.pop();
    function check(value) {
      for (const node of callsIn(value)) {
        if (SYNCHRONOUS.has(node.callee.name)) continue;
        context.report({ node, message: "An async function that returns a promise calls its `then` by name: await it (or name the callee in SYNCHRONOUS)." });
      }
    }
    return {
      ":function": enter,
      ":function:exit": leave,
      ReturnStatement(node) {
        const around = functions.at(-1);
        if (around?.async && !around.generator) check(node.argument);
      },
    };
  },
};

// The page shows what functions and clients have written.  Its policy forbids these, too (edge/gateway/page.py).
const AS_MARKUP = [
  ...COMPILING,
  { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: "What the gateway says is text." },
  { selector: "MemberExpression[property.name=/^(innerHTML|outerHTML|srcdoc|insertAdjacentHTML|write|writeln)$/]", message: "What the gateway says is text." },
];
const IN_BROWSERS = Object.fromEntries(
  [
    ...["AbortController", "AbortSignal", "Blob", "Headers", "HTMLElement", "Intl", "ResizeObserver", "TextDecoder", "TextDecoderStream", "TextEncoder", "URL", "URLSearchParams"],
    ...["addEventListener", "atob", "clearInterval", "clearTimeout", "document", "fetch", "getComputedStyle", "history", "localStorage", "location", "matchMedia"],
    ...["navigator", "performance", "removeEventListener", "sessionStorage", "setInterval", "setTimeout"],
  ].map((name) => [name, "readonly"]),
);

const LANGUAGE = {
  "constructor-super": "error",
  "for-direction": "error",
  "getter-return": "error",
  "no-class-assign": "error",
  "no-compare-neg-zero": "error",
  "no-const-assign": "error",
  "no-constant-binary-expression": "error",
  "no-debugger": "error",
  "no-dupe-args": "error",
  "no-dupe-class-members": "error",
  "no-dupe-else-if": "error",
  "no-dupe-keys": "error",
  "no-duplicate-case": "error",
  "no-duplicate-imports": "error",
  "no-ex-assign": "error",
  "no-fallthrough": "error",
  "no-func-assign": "error",
  "no-import-assign": "error",
  "no-loss-of-precision": "error",
  "no-self-assign": "error",
  "no-setter-return": "error",
  "no-shadow-restricted-names": ["error", { reportGlobalThis: true }],
  "no-sparse-arrays": "error",
  "no-this-before-super": "error",
  "no-undef": "error",
  "no-unreachable": "error",
  "no-unsafe-finally": "error",
  "no-unsafe-negation": "error",
  "no-unused-labels": "error",
  "no-unused-private-class-members": "error",
  "no-unused-vars": ["error", { args: "after-used", argsIgnorePattern: "^_", caughtErrors: "none", ignoreRestSiblings: true }],
  "no-useless-catch": "error",
  "no-var": "error",
  "no-with": "error",
  "prefer-const": ["error", { destructuring: "all" }],
  "use-isnan": "error",
  "valid-typeof": "error",
  eqeqeq: ["error", "always", { null: "ignore" }],
};

export default [
  { ignores: ["edge/runtime/bundle/**", "edge/page/bundle/**", "**/node_modules/**"] },
  {
    files: ["edge/runtime/**/*.js", "edge/runtime/**/*.mjs"],
    languageOptions: { ecmaVersion: "latest", sourceType: "module" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    plugins: { edge: { rules: { "await-returned-calls": awaitReturnedCalls } } },
    rules: { "edge/await-returned-calls": "error", ...LANGUAGE },
  },
  {
    files: ["edge/runtime/**/*.js"],
    ignores: ["edge/runtime/{bootstrap,vm}/globals.js", ...ON_USER_DATA],
    rules: { "no-restricted-syntax": ["error", ...GLOBAL_WRITES, ...COMPILING, ...BY_NAME] },
  },
  {
    files: ON_USER_DATA,
    rules: { "no-restricted-syntax": ["error", ...GLOBAL_WRITES, ...COMPILING] },
  },
  {
    // Runs before any user code.
    files: ["edge/runtime/bootstrap/{build,primordials}.js"],
    rules: { "no-restricted-syntax": ["error", ...GLOBAL_WRITES, ...COMPILING] },
  },
  {
    // Runs alone in an isolate that never sees user code, so it has no globals.js: it leaves its one function itself.
    files: ["edge/runtime/transform/**/*.js"],
    rules: { "no-restricted-syntax": ["error", ...COMPILING] },
  },
  {
    // Tests of packages run in it: code like a function's, in isolates of its own.
    files: ["edge/runtime/testing/**/*.js"],
    languageOptions: {
      globals: {
        Request: "readonly", Response: "readonly", TextEncoder: "readonly", ReadableStream: "readonly", URL: "readonly", performance: "readonly",
        process: "readonly", require: "readonly",
      },
    },
    rules: { "no-restricted-syntax": "off", "edge/await-returned-calls": "off" },
  },
  {
    files: ["edge/page/src/**/*.js", "edge/page/src/**/*.jsx"],
    languageOptions: { ecmaVersion: "latest", sourceType: "module", parserOptions: { ecmaFeatures: { jsx: true } }, globals: IN_BROWSERS },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: { ...LANGUAGE, "no-restricted-syntax": ["error", ...AS_MARKUP] },
  },
  {
    // Runs in Node while building.
    files: ["edge/runtime/*.mjs", "edge/page/*.mjs"],
    languageOptions: { globals: { process: "readonly", Buffer: "readonly" } },
  },
];
