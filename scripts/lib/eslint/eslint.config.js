// Rules for edge/runtime: the language, and the house rules of a runtime that shares its realm with user code.
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

export default [
  { ignores: ["edge/runtime/bundle/**", "**/node_modules/**"] },
  {
    files: ["edge/runtime/**/*.js", "edge/runtime/**/*.mjs"],
    languageOptions: { ecmaVersion: "latest", sourceType: "module" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
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
    },
  },
  {
    files: ["edge/runtime/**/*.js"],
    ignores: ["edge/runtime/bootstrap/globals.js"],
    rules: { "no-restricted-syntax": ["error", ...GLOBAL_WRITES, ...COMPILING] },
  },
  {
    // Runs alone in an isolate that never sees user code, so it has no globals.js: it leaves its one function itself.
    files: ["edge/runtime/transform/**/*.js"],
    rules: { "no-restricted-syntax": ["error", ...COMPILING] },
  },
  {
    // Runs in Node while building.
    files: ["edge/runtime/build.mjs"],
    languageOptions: { globals: { process: "readonly" } },
  },
];
