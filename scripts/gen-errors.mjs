/**
 * Writes docs/errors.md from the sources: every error code of `src`, and every reason of a trainer.
 *
 * Usage: node scripts/gen-errors.mjs [folder]
 * Exit code 1 in these cases: an error has no readable code or no hint; a code in a comment is
 * raised nowhere; a text has the form of a code and no error has it; fewer codes than `LEAST` were
 * found, because a generator that reads nothing must not pass.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import swc from "@swc/core";
import { commentLines } from "./comments.mjs";

const LEAST = { codes: 80, reasons: 110 };
/** A code; and a text that is a code everywhere, because it has two words. */
const CODE = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/;
const LONG_CODE = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/;
const EXITS = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  environment: 3,
  guard: 4,
  verification: 5,
  sigint: 130,
  sigterm: 143,
};
/**
 * Texts of this form that are not codes: environment variables, errors of Node.js, of TLS and of
 * the parser of CSV.
 */
const NOT_CODES =
  /^(SPICE|CSV|HF|UV|PIP|XDG|PYENV|TRANSFORMERS|CERT|ERR)_|^((HTTPS?|ALL|NO)_PROXY|(NO|FORCE)_COLOR|NO_ANSWER)$/;
/** Makes errors from the answer of a trainer. Their codes are in the second part of the page. */
const TRAINER_ERROR = "src/adapters/grpc/errors.ts";
/**
 * A trainer that does not start sends its own code (`TOKEN_FILE`), which is also in the second
 * part.
 */
const START_ERROR = "src/adapters/sidecar/log-tail.ts";
/** Repeats an error with its code. */
const REPEATED_ERROR = "src/app/errors.ts";

/** Returns the files below a folder with this ending, as sorted paths relative to `root`. */
function filesBelow(root, folder, ending) {
  const found = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) found.push(...filesBelow(root, path, ending));
    else if (path.endsWith(ending)) found.push(path);
  }
  return found.sort();
}

// Part 1: TypeScript, with its syntax tree.

/** One source file: its functions, constants, calls and errors. */
function readModule(root, path) {
  const text = readFileSync(join(root, path), "utf8");
  const tree = swc.parseSync(text, { syntax: "typescript", target: "es2022" });
  const module = {
    exported: new Set(),
    literals: new Set(),
    path,
    functions: new Map(),
    constants: new Map(),
    calls: [],
    errors: [],
    tables: [],
    promised: [],
  };
  visit(tree, null, module);
  for (const { text: comment } of commentLines(path, text))
    if (comment.includes("@throws"))
      for (const [, code] of comment.matchAll(/`([A-Z][A-Z0-9_]+)`/g)) module.promised.push(code);
  return module;
}

const FUNCTIONS = new Set([
  "FunctionDeclaration",
  "ArrowFunctionExpression",
  "FunctionExpression",
  "ClassMethod",
]);

function visit(node, owner, module, name = null) {
  if (Array.isArray(node)) {
    for (const one of node) visit(one, owner, module);
    return;
  }
  if (node === null || typeof node !== "object") return;
  if (node.type === "StringLiteral" && LONG_CODE.test(node.value)) module.literals.add(node.value);
  if (node.type === "ExportDeclaration" && node.declaration.type === "FunctionDeclaration")
    module.exported.add(node.declaration.identifier.value);
  let inside = owner;
  if (FUNCTIONS.has(node.type)) {
    const own = node.function ?? node;
    const called = node.identifier?.value ?? node.key?.value ?? name;
    inside = { name: called, params: own.params.map(paramName), constants: new Map() };
    if (called !== null && called !== undefined) module.functions.set(called, inside);
  }
  if (node.type === "VariableDeclarator" && node.id.type === "Identifier" && node.init !== null) {
    (owner?.constants ?? module.constants).set(node.id.value, node.init);
    visit(node.init, inside, module, node.id.value);
    return;
  }
  if (node.type === "CallExpression" && node.callee.type === "Identifier")
    module.calls.push({ name: node.callee.value, args: argsOf(node), owner });
  if (node.type === "NewExpression" && node.callee.value === "SpiceError")
    module.errors.push({ args: argsOf(node), owner });
  else if (node.type === "ObjectExpression" || node.type === "ArrayExpression") {
    const row = tableRow(node);
    if (row !== null) module.tables.push({ ...row, owner });
  }
  for (const [key, value] of Object.entries(node)) if (key !== "span") visit(value, inside, module);
}

const argsOf = (node) => (node.arguments ?? []).map(({ expression }) => expression);

function paramName(param) {
  const pattern = param.pat ?? param.parameter ?? param;
  const target = pattern.type === "AssignmentPattern" ? pattern.left : pattern;
  return target.type === "Identifier" ? target.value : null;
}

/**
 * A row of a table of errors: `{ code, hint }` with a message elsewhere, or `[code, message,
 * hint]`.
 */
function tableRow(node) {
  if (node.type === "ArrayExpression") {
    const [code, message, hint] = node.elements.map((element) => element?.expression);
    const isRow = node.elements.length === 3 && code?.type === "StringLiteral" && LONG_CODE.test(code.value);
    return isRow ? { code, message, hint } : null;
  }
  const { code, hint } = propertiesOf(node, null);
  return code?.type === "StringLiteral" && LONG_CODE.test(code.value) && hint !== undefined
    ? { code, hint }
    : null;
}

/** Returns the properties of an object literal. `...options` is resolved in the frame. */
function propertiesOf(node, frame) {
  const found = {};
  for (const property of node.properties) {
    if (property.type === "KeyValueProperty") found[property.key.value] = bound(property.value, frame);
    else if (property.type === "Identifier") found[property.value] = bound(property, frame);
    else if (property.type === "SpreadElement" && frame !== null) {
      const spread = settle(bound(property.arguments, frame));
      if (spread.node.type === "ObjectExpression")
        Object.assign(found, propertiesOf(spread.node, spread.frame));
    }
  }
  return frame === null
    ? Object.fromEntries(Object.entries(found).map(([key, one]) => [key, one.node]))
    : found;
}

/** An expression with the frame in which its names are resolved. */
const bound = (node, frame) => ({ node, frame });

/** Resolves a name to its value: a constant, or the argument of the call of this frame. */
function settle({ node, frame }) {
  let one = bound(unwrap(node), frame);
  for (let hops = 0; hops < 8 && one.node.type === "Identifier" && one.frame !== null; hops++) {
    const { owner, module, args, caller } = one.frame;
    const name = one.node.value;
    const place = owner === null ? -1 : owner.params.indexOf(name);
    if (place !== -1 && args?.[place] !== undefined) one = bound(unwrap(args[place]), caller);
    else {
      const constant = owner?.constants.get(name) ?? module.constants.get(name);
      if (constant === undefined || place !== -1) return one;
      one = bound(unwrap(constant), one.frame);
    }
  }
  return one;
}

function unwrap(node) {
  const inner = {
    ParenthesisExpression: "expression",
    TsAsExpression: "expression",
    TsNonNullExpression: "expression",
  };
  return node.type in inner ? unwrap(node[inner[node.type]]) : node;
}

/**
 * Returns all texts that an expression may have. A value known only at run time is a name in
 * braces.
 */
function textsOf(expression) {
  const { node, frame } = settle(expression);
  switch (node.type) {
    case "StringLiteral":
      return [node.value];
    case "TemplateLiteral": {
      let texts = [node.quasis[0].cooked];
      for (const [index, part] of node.expressions.entries()) {
        const inner = textsOf(bound(part, frame));
        texts = texts.flatMap((text) => inner.map((more) => text + more + node.quasis[index + 1].cooked));
      }
      return texts;
    }
    case "ConditionalExpression":
      return [...textsOf(bound(node.consequent, frame)), ...textsOf(bound(node.alternate, frame))];
    case "BinaryExpression":
      if (node.operator === "+")
        return textsOf(bound(node.left, frame)).flatMap((left) =>
          textsOf(bound(node.right, frame)).map((right) => left + right),
        );
      if (node.operator === "??" || node.operator === "||")
        return [...textsOf(bound(node.left, frame)), ...textsOf(bound(node.right, frame))];
      return [placeholder(node)];
    default:
      return [placeholder(node)];
  }
}

function placeholder(node) {
  switch (node.type) {
    case "Identifier":
      return `{${node.value}}`;
    case "MemberExpression":
      return node.property.type === "Identifier" ? `{${node.property.value}}` : placeholder(node.object);
    case "OptionalChainingExpression":
      return placeholder(node.base);
    case "CallExpression": {
      const [first, noun, plural] = argsOf(node);
      if (node.callee.type === "MemberExpression") return placeholder(node.callee.object);
      if (node.callee.value === "counted")
        return `${placeholder(first)} ${plural?.value ?? `${noun.value}s`}`;
      return first === undefined ? placeholder(node.callee) : placeholder(first);
    }
    case "BinaryExpression":
      return placeholder(node.left);
    default:
      return "{...}";
  }
}

function exitOf(expression) {
  if (expression === undefined) return 1;
  const { node, frame } = settle(expression);
  if (node.type === "NumericLiteral") return node.value;
  if (node.type === "MemberExpression" && node.object.value === "EXIT")
    return EXITS[node.property.value] ?? null;
  if (node.type === "ConditionalExpression") return exitOf(bound(node.consequent, frame));
  return null;
}

/**
 * Returns one frame for each call that may lead to a place inside `owner`, or one frame without
 * arguments.
 */
function framesOf(owner, module, modules, depth = 0) {
  const alone = [{ owner, module, args: null, caller: null }];
  if (owner === null || owner.name === null || owner.params.length === 0 || depth > 3) return alone;
  // A function of the same name in another file is another function.
  const callers = module.exported.has(owner.name)
    ? modules.filter((one) => one === module || !one.functions.has(owner.name))
    : [module];
  const calls = callers.flatMap((from) =>
    from.calls.filter(({ name }) => name === owner.name).map((call) => ({ call, from })),
  );
  const frames = calls.flatMap(({ call, from }) =>
    framesOf(call.owner, from, modules, depth + 1).map((caller) => ({
      owner,
      module,
      args: call.args,
      caller,
    })),
  );
  return frames.length > 0 ? frames : alone;
}

/** @returns rows `{ code, exit, messages, hint, path }`, and the faults of the sources */
function readErrors(root, reasons) {
  const paths = filesBelow(root, "src", ".ts").filter((path) => !path.startsWith("src/gen/"));
  const modules = paths.map((path) => readModule(root, path));
  const rows = [];
  const faults = [];
  for (const module of modules) {
    for (const { args, owner } of module.errors)
      for (const frame of framesOf(owner, module, modules)) rows.push(...rowsOf(args, frame, faults, module));
    const file = module.path;
    // A table is read where errors are made from it. Another object literal with a code is part of
    // an error.
    if (!module.usesTable) continue;
    for (const { code, message, hint, owner } of module.tables) {
      const at = { owner, module, args: null, caller: null };
      const texts =
        message === undefined ? [module.tableMessage] : textsOf(bound(message, at)).map((one) => `${one}.`);
      for (const one of textsOf(bound(hint, at)))
        rows.push({ code: code.value, exit: module.tableExit, messages: texts, hint: one, path: file });
    }
  }
  const known = new Set(rows.map(({ code }) => code));
  const told = new Set(reasons.map(({ reason }) => `TRAINER_${reason}`));
  // Names of gRPC statuses are also codes when a trainer gives no reason.
  for (const name of ["UNAVAILABLE", "DATA_LOSS"]) told.add(`TRAINER_${name}`);
  for (const { path, literals } of modules)
    for (const one of literals)
      if (!known.has(one) && !told.has(one) && !NOT_CODES.test(one))
        faults.push(`${path}: ${one} looks like an error code, and no error with it was found`);
  for (const { path, promised } of modules)
    for (const code of promised)
      if (!known.has(code)) faults.push(`${path}: @throws ${code}, which is raised nowhere`);
  return { rows, faults };
}

function rowsOf(args, frame, faults, module) {
  const options = settle(bound(args[1], frame));
  if (options.node.type !== "ObjectExpression") {
    faults.push(`${module.path}: an error whose options cannot be read`);
    return [];
  }
  const { code, hint, exit } = propertiesOf(options.node, options.frame);
  const messages = textsOf(bound(args[0], frame));
  const codes = code === undefined ? [] : textsOf(code).filter((one) => CODE.test(one));
  // A hint that begins with a value is another hint, or the hint of a table.
  const hints = hint === undefined ? [] : textsOf(hint).filter((one) => /^\s*[^{\s]/.test(one));
  const exitCode = exitOf(exit);
  const isTable = code !== undefined && textsOf(code).some((one) => !CODE.test(one));
  if (isTable && module.tables.length > 0) {
    // In a table the rows have code and hint. The other parts are here.
    module.usesTable = true;
    module.tableMessage = messages[0];
    module.tableExit = exitCode;
  } else if (codes.length === 0) {
    if (![TRAINER_ERROR, START_ERROR, REPEATED_ERROR].includes(module.path))
      faults.push(`${module.path}: an error without a code that can be read ("${messages[0]}")`);
    return [];
  }
  if (codes.length > 0 && hints.length === 0)
    faults.push(`${module.path}: ${codes.join(", ")} has no hint ("${messages[0]}")`);
  // Alternatives in the same order belong together: `missing ? A : B` for the code, message and
  // hint.
  return codes.map((one, index) => {
    const pick = (texts) => (texts.length === codes.length ? [texts[index]] : texts);
    return {
      code: one,
      exit: exitCode,
      messages: pick(messages),
      hint: pick(hints).join(" Or: "),
      path: settle(code).frame.module.path,
    };
  });
}

// Part 2: reasons of the Python side, from their calls.

const STATUS = {
  INVALID: "INVALID_ARGUMENT",
  RANGE: "OUT_OF_RANGE",
  PRECONDITION: "FAILED_PRECONDITION",
  MEMORY: "RESOURCE_EXHAUSTED",
  UNSUPPORTED: "UNIMPLEMENTED",
};
/** Functions whose name contains the status. */
const MAKERS = [
  [/invalid$|^_?require$/, "INVALID_ARGUMENT"],
  [/precondition$/, "FAILED_PRECONDITION"],
  [/not_found$/, "NOT_FOUND"],
  [/aborted$/, "ABORTED"],
  [/unsupported$/, "UNIMPLEMENTED"],
];
const RAISES =
  /(?:Error|invalid|precondition|not_found|require|aborted|unsupported|refused|wait|refuse|fail|read_private)$/i;
/** Statuses of gRPC. They are not reasons. */
const STATUSES = new Set([
  ...["INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE", "NOT_FOUND", "ALREADY_EXISTS"],
  ...["RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED", "DATA_LOSS", "PERMISSION_DENIED"],
]);
const PYTHON_CODE = /"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"/g;

function readReasons(root) {
  const rows = [];
  for (const path of filesBelow(root, "trainer-py/spice_trainer", ".py")) {
    const text = readFileSync(join(root, path), "utf8");
    for (const match of text.matchAll(PYTHON_CODE)) {
      const call = callAround(text, match.index);
      if (call === null || !RAISES.test(call.name) || STATUSES.has(match[1])) continue;
      const place = call.args.findIndex((arg) => arg.includes(match[0]));
      const texts = call.args.slice(place + 1).map(pythonText);
      const isStart = call.name === "StartError" || call.name === "read_private";
      const before = call.args.slice(0, place).join(" ");
      const named = before.match(/(?:BackendErrorCode|StatusCode)\.(\w+)/)?.[1];
      const status =
        named === undefined ? MAKERS.find(([name]) => name.test(call.name))?.[1] : (STATUS[named] ?? named);
      rows.push({
        reason: match[1],
        status: isStart ? "start" : (status ?? ""),
        message: texts[0] ?? "",
        hint: texts[1] ?? "",
        path,
      });
      // `read_private` makes a second reason from its argument.
      if (call.name === "read_private")
        rows.push({
          reason: `${match[1]}_MODE`,
          status: "start",
          message: "others can read the file",
          hint: "",
          path,
        });
    }
  }
  return rows;
}

/** Returns the innermost call whose arguments contain this place, or null. */
function callAround(text, at) {
  let depth = 0;
  for (let i = at - 1; i >= Math.max(0, at - 1500); i--) {
    if (text[i] === ")" || text[i] === "]" || text[i] === "}") depth += 1;
    else if (text[i] === "(" || text[i] === "[" || text[i] === "{") {
      depth -= 1;
      if (depth >= 0) continue;
      const name = text.slice(Math.max(0, i - 60), i).match(/([\w.]+)$/)?.[1];
      if (text[i] !== "(" || name === undefined) return null;
      return { name: name.split(".").at(-1), args: splitArgs(text, i + 1) };
    }
  }
  return null;
}

/** Returns the arguments of a call as source text, without keyword arguments except `hint`. */
function splitArgs(text, from) {
  const args = [];
  let depth = 0;
  let start = from;
  let quote = null;
  for (let i = from; i < text.length; i++) {
    const here = text[i];
    if (quote !== null) {
      if (here === "\\") i += 1;
      else if (here === quote) quote = null;
    } else if (here === '"' || here === "'") quote = here;
    else if (here === "(" || here === "[" || here === "{") depth += 1;
    else if ((here === ")" || here === "]" || here === "}") && depth-- === 0) {
      args.push(text.slice(start, i));
      break;
    } else if (here === "," && depth === 0) {
      args.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return args
    .map((arg) => arg.trim().replace(/^hint\s*=\s*/, ""))
    .filter((arg) => arg !== "" && !/^\w+\s*=[^=]/.test(arg));
}

/**
 * Returns a Python string, joined, with its values as names in braces; "" for other expressions.
 */
function pythonText(arg) {
  if (!/^\(?\s*[frb]*["']/.test(arg)) return "";
  const pieces = [...arg.matchAll(/[fr]*"((?:[^"\\]|\\.)*)"/g)].map(([, piece]) => piece);
  return pieces
    .join(/"\s+if\s.*\selse\s/s.test(arg) ? " / " : "")
    .replace(/\{([^{}]*)\}/g, (_, inner) => `{${inner.match(/[A-Za-z_]\w*/g)?.at(-1) ?? "..."}}`);
}

// The page.

/** Returns a text for a line of Markdown: no line feeds, and no tags outside code. */
const plain = (text) =>
  text
    .replace(/\s+/g, " ")
    .replace(/`[^`]*`|</g, (part) => (part === "<" ? "&lt;" : part))
    .trim();

function wrap(text, indent) {
  const lines = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent.length + line.length + 1 + word.length > 100) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${indent}`);
}

function groupBy(rows, key) {
  const groups = new Map();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return [...groups].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

const unique = (values) => [...new Set(values)];

/** Returns messages that differ in more than the names of their values. */
function distinct(messages) {
  const byForm = new Map();
  const told = messages.filter((one) => !/^\{[^}]*\}\.?$/.test(one));
  for (const one of told.length > 0 ? told : messages) {
    const form = one.replace(/(\{[^}]*\})+/g, "{}").replace(/ (?=[,.]( |$))/g, " {}");
    if (!byForm.has(form)) byForm.set(form, one);
  }
  return [...byForm.values()];
}

function codeEntry([code, rows]) {
  const exits = unique(rows.map(({ exit }) => exit ?? "by the cause")).join(" or ");
  const files = unique(rows.map(({ path }) => `\`${path.replace(/^src\//, "")}\``)).join(", ");
  const lines = groupBy(rows, ({ hint }) => plain(hint)).map(([hint, same]) => {
    const messages = distinct(same.flatMap(({ messages: texts }) => texts.map(plain)));
    return [...messages.map((text) => `- ${wrap(text, "  ")}`), "", `${wrap(`**Try:** ${hint}`, "")}\n`].join(
      "\n",
    );
  });
  return `### ${code}\n\n${wrap(`Exit code ${exits}. Raised in ${files}.`, "")}\n\n${lines.join("\n")}`;
}

function reasonEntry([reason, rows]) {
  const messages = unique(
    rows.map(({ message, hint }) => [plain(message), plain(hint)].filter((one) => one !== "").join(" — ")),
  );
  const status = unique(rows.map((row) => row.status)).filter((one) => one !== "" && one !== "start");
  const shown = messages
    .filter((one) => one !== "")
    .slice(0, 3)
    .join("; ");
  const more = messages.length > 3 ? "; and others" : "";
  return wrap(
    `- \`${reason}\`${status.length > 0 ? ` (${status.join(", ")})` : ""}: ${shown || "see the log"}${more}.`,
    "  ",
  );
}

function page(rows, reasons) {
  const codes = groupBy(rows, ({ code }) => code);
  const starts = groupBy(
    reasons.filter(({ status }) => status === "start"),
    ({ reason }) => reason,
  );
  const calls = groupBy(
    reasons.filter(({ status }) => status !== "start"),
    ({ reason }) => reason,
  );
  return `# Errors

This page is generated: \`node scripts/gen-errors.mjs\`, which \`npm run gen\` runs. Do not edit it.

An expected failure has a stable **code** for scripts, a message, the place, a hint and an exit code.
\`--json\` prints them as \`spice.error/1\`. Words in braces stand for values.

| Exit code | Meaning |
| --- | --- |
| 0 | done |
| 1 | unexpected: run again with \`-vv\` and report it |
| 2 | usage or configuration |
| 3 | environment: trainer, network, disk, Python |
| 4 | stopped by a guard |
| 5 | verification failed: records, checkpoints or corpus differ from their digests |
| 130, 143 | stopped by SIGINT, SIGTERM |

## Codes of the orchestrator

${codes.map(codeEntry).join("\n")}
## Reasons of a trainer

A trainer answers with a gRPC status and a reason. The orchestrator shows \`TRAINER_\` and the reason:
\`LEASE_EXPIRED\` is \`TRAINER_LEASE_EXPIRED\`. The exit code follows from the status.

| Status | Exit code |
| --- | --- |
| \`UNAVAILABLE\`, \`UNAUTHENTICATED\`, \`DEADLINE_EXCEEDED\`, \`RESOURCE_EXHAUSTED\`, \`FAILED_PRECONDITION\` | 3 |
| \`INVALID_ARGUMENT\`, \`OUT_OF_RANGE\`, \`UNIMPLEMENTED\`, \`NOT_FOUND\` | 2 |
| \`DATA_LOSS\` | 5 |
| any other | 1 |

A reason without a hint of its own gets the hint of its status. Reasons of a trainer that somebody else
wrote are not in this list.

${calls.map(reasonEntry).join("\n")}

## A trainer that does not start

Such a trainer prints one JSON line with its reason, and the orchestrator shows the reason as the code.
The exit code is 3.

${starts.map(reasonEntry).join("\n")}
`;
}

const repository = process.argv[2] ?? ".";
const allReasons = readReasons(repository);
const { rows: allRows, faults: allFaults } = readErrors(repository, allReasons);
const found = {
  codes: new Set(allRows.map(({ code }) => code)).size,
  reasons: new Set(allReasons.map(({ reason }) => reason)).size,
};
for (const [kind, least] of Object.entries(LEAST))
  if (found[kind] < least)
    allFaults.push(`${found[kind]} ${kind} found, at least ${least} expected: the reader is broken`);
for (const fault of allFaults) console.error(fault);
mkdirSync(join(repository, "docs"), { recursive: true });
writeFileSync(join(repository, "docs/errors.md"), page(allRows, allReasons));
console.error(
  `errors: ${found.codes} codes, ${found.reasons} reasons of trainers, ${allFaults.length} faults`,
);
process.exitCode = allFaults.length === 0 ? 0 : 1;
