/**
 * Checks that every path, heading, decision and npm script exists that a document or a comment
 * names.
 *
 * Usage: node scripts/check-links.mjs [folder]
 * Exit code 1, with one line for each dangling reference, or when fewer references than `LEAST`
 * were read: a check that reads nothing must not pass.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, posix } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { commentLines, hasKnownComments } from "./comments.mjs";

/**
 * Smallest number of references of each kind in this repository. A smaller number means that the
 * reader is broken.
 */
const LEAST = {
  link: 110,
  anchor: 20,
  path: 500,
  module: 8,
  symbol: 14,
  decision: 6,
  script: 35,
};

/** Folders and files of the repository that are read. */
const ROOTS = ["src", "docs", "tests", "bench", "scripts", "examples", "proto", "trainer-py", ".ci"];
/** Folders that do not belong to the repository. */
const NOT_LISTED = /^(node_modules|__pycache__|dist|build|.*\.egg-info|\.(?!ci$).*)$/;
/**
 * Folders whose files may be named. The files are generated, or data, or belong to another project.
 */
const NOT_READ = /(^|\/)(gen|fixtures|data|locks)\/|^proto\/(google|grpc)\//;

/** A path may be relative to the root of the repository, to `src`, or to the Python side. */
const BASES = ["", "src/", "trainer-py/"];
/**
 * First parts of paths of this repository: folders of the root, rooms of `src`, Python packages.
 */
const FIRST_PARTS = new Set([
  ...ROOTS,
  ...["core", "app", "adapters", "config", "cli", "web", "gen"],
  ...["spice_trainer", "spice_conformance", "spice_grader", "spice_export"],
]);
const CODE_FILE = /\.(ts|mjs|cjs|py|proto|sh|binpb)$/;
/**
 * Files that users write (also in docs/tutorial.md), and files of other projects: Ray, then the
 * Tinker SDK.
 */
const NOT_OURS = new Set([
  "spice.config.ts",
  ...["my-reader.ts", "my-source.ts", "my-check.ts", "my-sink.ts"],
  ...["notes/lighthouse.md", "notes/bridge.md", "src/core/admission/question/long-question.ts"],
  ...["monitor.py", "dashboard.py"],
  ...["internal_client_holder.py", "training_client.py", "docs/losses.mdx"],
]);
/**
 * Names with dots that have the form of a Python module of this repository but are a group of entry
 * points.
 */
const NOT_MODULES = new Set(["spice_trainer.backends"]);

const URL_TEXT = /\b[a-z][a-z+]*:\/\/[^\s)>\]"'`]+/g;
const WORD = /[\w.@~$*<>+-]*(?:\{[\w.,*-]+\}|[\w.@~$*<>+/-])+/g;

/**
 * Texts that refer to places outside the repository. Each pattern has its own kind in the message.
 */
const OUTSIDE = [
  [/\bissues? #?\d+/gi, "an issue of a tracker that readers do not have"],
  [/\bresearch pages?\b/gi, "a page that is not in the repository"],
  [/\/work\/[\w/.-]*/g, "a path of one machine"],
];
/** A comment names an issue of a public project together with the project. */
const FOREIGN_ISSUE = /\b(?:grpc|vllm|verl|ray|pytorch|transformers|skyrl|tinker) issue #?\d+/gi;

/** Returns all files below `root` that are read, as sorted paths with `/`, and all folders. */
function listTree(root) {
  const files = [];
  const folders = new Set();
  const walk = (folder) => {
    folders.add(folder);
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (folder === "" ? ROOTS.includes(entry.name) : !NOT_LISTED.test(entry.name)) walk(path);
      } else if (entry.isFile()) files.push(path);
    }
  };
  walk("");
  return { root, files: files.sort(), folders };
}

const isDocument = (path) => path.endsWith(".md");

/**
 * Reads every document and comment below `root`.
 *
 * @returns `seen`: number of references of each kind; `files`: number of files read; `dangling`:
 * references to targets that do not exist, as `{ path, line, message }`
 */
export function checkLinks(root) {
  const tree = listTree(root);
  const lookUp = { ...indexOf(tree), decisions: decisionsOf(tree), scripts: scriptsOf(root) };
  const seen = Object.fromEntries(Object.keys(LEAST).map((kind) => [kind, 0]));
  const dangling = [];
  let files = 0;
  for (const path of tree.files) {
    if (NOT_READ.test(path) || !(isDocument(path) || hasKnownComments(path))) continue;
    files += 1;
    const text = readFileSync(join(root, path), "utf8");
    for (const reference of isDocument(path) ? ofDocument(text) : ofSource(path, text)) {
      if (reference.kind in seen) seen[reference.kind] += 1;
      const message = faultOf(reference, path, lookUp);
      if (message !== null) dangling.push({ path, line: reference.line, message });
    }
  }
  return { seen, files, dangling };
}

function indexOf({ root, files, folders }) {
  const headings = new Map();
  return {
    files: new Set(files),
    list: files,
    folders,
    read: (path) => readFileSync(join(root, path), "utf8"),
    headings: (path) => {
      if (!headings.has(path)) headings.set(path, slugsOf(readFileSync(join(root, path), "utf8")));
      return headings.get(path);
    },
  };
}

const decisionsOf = ({ files }) =>
  new Set(files.flatMap((path) => path.match(/^docs\/decisions\/0*(\d+)-/)?.[1] ?? []));

function scriptsOf(root) {
  try {
    return new Set(Object.keys(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts));
  } catch {
    return new Set();
  }
}

/**
 * Returns the anchors of a document, as GitHub makes them: lower case, no punctuation, spaces to
 * dashes, repeats numbered.
 */
function slugsOf(text) {
  const slugs = new Set();
  for (const { text: line } of outsideFences(text)) {
    const heading = line.match(/^#{1,6}\s+(.*?)\s*#*$/)?.[1];
    if (heading === undefined) continue;
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const slug = plain.replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
    let name = slug;
    for (let n = 1; slugs.has(name); n++) name = `${slug}-${n}`;
    slugs.add(name);
  }
  return slugs;
}

function outsideFences(text) {
  let fence = null;
  return text.split("\n").flatMap((line, index) => {
    const mark = line.match(/^\s*(```+|~~~+)/)?.[1];
    if (mark !== undefined && (fence === null || line.trim().startsWith(fence))) {
      fence = fence === null ? mark : null;
      return [];
    }
    return fence === null ? [{ line: index + 1, text: line }] : [];
  });
}

/** Yields the references of a document: links outside code, and words in all of its text. */
function* ofDocument(text) {
  for (const { line, text: content } of outsideFences(text)) {
    const prose = content.replace(/`[^`]*`/g, (code) => " ".repeat(code.length));
    for (const [, target] of prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g))
      yield* link(target, line);
    const definition = prose.match(/^\s*\[[^\]]+\]:\s*(\S+)/)?.[1];
    if (definition !== undefined) yield* link(definition, line);
    for (const [, file, symbol] of content.matchAll(
      /`([\w./-]+\.(?:ts|py|mjs))`(?:\]\([^)]*\))?\s+`([A-Za-z_]\w*)(?:\(\))?`/g,
    ))
      yield { kind: "symbol", line, value: file, symbol };
  }
  for (const [index, line] of text.split("\n").entries()) {
    const withoutLinks = line.replace(/\]\([^)]*\)/g, "]");
    yield* words(withoutLinks, index + 1);
  }
}

function* link(target, line) {
  if (/^[a-z][a-z+]*:/i.test(target)) return;
  const [path, anchor] = target.split("#");
  if (path !== "") yield { kind: "link", line, value: decodeURI(path) };
  if (anchor !== undefined) yield { kind: "anchor", line, value: decodeURI(path), anchor };
}

/**
 * Yields the references of a source file: words of its comments, and pages that its messages name.
 */
function* ofSource(path, text) {
  for (const { line, text: comment } of commentLines(path, text)) yield* words(comment, line);
  if (!path.startsWith("src/")) return;
  const comments = new Set(commentLines(path, text).map(({ line }) => line));
  for (const [index, line] of text.split("\n").entries()) {
    if (comments.has(index + 1)) continue;
    for (const [value] of line.matchAll(/\bdocs\/[\w./-]+\.md(?:#[\w-]+)?/g)) yield* page(value, index + 1);
  }
}

function* page(value, line) {
  const [path, anchor] = value.split("#");
  yield { kind: "path", line, value: path };
  if (anchor !== undefined) yield { kind: "anchor", line, value: `/${path}`, anchor };
}

/** Yields the references in running text. */
function* words(text, line) {
  const plain = text.replace(URL_TEXT, " ");
  const ours = plain.replace(FOREIGN_ISSUE, " ");
  for (const [pattern, what] of OUTSIDE)
    for (const [value] of ours.matchAll(pattern)) yield { kind: "outside", line, value, what };
  for (const [, number] of plain.matchAll(/\bdecision (\d+)\b/gi))
    yield { kind: "decision", line, value: number };
  for (const [, name] of plain.matchAll(/\bnpm run (?:--silent )?([\w:-]+)/g))
    yield { kind: "script", line, value: name };
  for (const [value] of plain.matchAll(/\bspice_(?:trainer|conformance|grader)(?:\.\w+)+/g))
    if (!NOT_MODULES.has(value) && !CODE_FILE.test(value)) yield { kind: "module", line, value };
  for (const [value, anchor] of plain.matchAll(/\bdocs\/[\w./-]+\.md#([\w-]+)/g))
    yield { kind: "anchor", line, value: `/${value.split("#")[0]}`, anchor };
  for (const [found] of plain.matchAll(WORD)) {
    if (/[<>$~@]/.test(found)) continue;
    const word = found.replace(/^\.\//, "").replace(/[.+-]+$/, "");
    for (const value of expand(word)) if (isPath(value)) yield { kind: "path", line, value };
  }
}

/** Returns one path for each member of a set in braces. */
function expand(word) {
  const set = word.match(/^(.*?)\{([^}]*)\}(.*)$/);
  if (set === null) return [word];
  return set[2].split(",").flatMap((part) => expand(`${set[1]}${part}${set[3]}`));
}

function isPath(word) {
  if (word.startsWith("/") || word.includes("//") || NOT_OURS.has(word)) return false;
  if (/(^|\/)[\w*-][\w.*-]*\.md$/.test(word)) return true;
  const parts = word.split("/").filter((part) => part !== "");
  if (word.includes("/") && FIRST_PARTS.has(parts[0])) return parts.length > 1 || word.endsWith("/");
  return CODE_FILE.test(word) && /^[\w*-][\w./*-]*$/.test(word);
}

/** Returns the fault of a reference in the file `from`, or null. */
function faultOf(reference, from, lookUp) {
  const { kind, value } = reference;
  if (kind === "outside") return `\`${value}\` is ${reference.what}`;
  if (kind === "decision") return lookUp.decisions.has(value) ? null : `there is no decision ${value}`;
  if (kind === "script") return lookUp.scripts.has(value) ? null : `package.json has no script \`${value}\``;
  if (kind === "module") return isModule(value, lookUp) ? null : `there is no module \`${value}\``;
  if (kind === "link")
    return targetOf(value, from, lookUp) === null ? `link to \`${value}\`, which does not exist` : null;
  if (kind === "anchor") return anchorFault(reference, from, lookUp);
  const found = pathsOf(value, from, lookUp);
  if (kind === "path") return found.length === 0 ? `\`${value}\` does not exist` : null;
  // A file that does not exist is reported once, as a path.
  if (found.length === 0) return null;
  const isName = new RegExp(`\\b${reference.symbol}\\b`);
  return found.some((path) => isName.test(lookUp.read(path)))
    ? null
    : `\`${value}\` has no \`${reference.symbol}\``;
}

/** Returns the file or folder of a relative link. */
function targetOf(value, from, { files, folders }) {
  const path = value.startsWith("/") ? value.slice(1) : posix.normalize(posix.join(dirname(from), value));
  const plain = path.replace(/\/$/, "");
  return files.has(plain) || folders.has(plain === "." ? "" : plain) ? plain : null;
}

function anchorFault({ value, anchor }, from, lookUp) {
  const path = value === "" ? from : targetOf(value, from, lookUp);
  if (path === null || !isDocument(path)) return null;
  return lookUp.headings(path).has(anchor) ? null : `\`${path}\` has no heading \`#${anchor}\``;
}

/**
 * Returns the files or folders that a word may mean: relative to the folder of the file, relative
 * to a base, or by the end of their path.
 */
function pathsOf(value, from, { files, folders, list }) {
  const plain = value.replace(/\/$/, "");
  const near = posix.normalize(posix.join(dirname(from), plain));
  const exact = [near, ...BASES.map((base) => base + plain)].filter(
    (path) => files.has(path) || folders.has(path),
  );
  if (exact.length > 0) return exact;
  const end = plain
    .split("*")
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join("[^/]*");
  const pattern = new RegExp(`(^|/)${end}$`);
  const first = plain.split("/")[0];
  // A path that begins at a known place must exist there. Only another path may be the end of a
  // longer path.
  const starts = FIRST_PARTS.has(first)
    ? BASES.map((base) => new RegExp(`^${base}${end}(\\.\\w+)?$`))
    : [pattern];
  return list.filter((path) => starts.some((start) => start.test(path)));
}

function isModule(name, { files, folders }) {
  const parts = name.split(".");
  // The last part, or the last two parts, may be names inside the module.
  for (let length = parts.length; length >= Math.max(2, parts.length - 2); length--) {
    const path = `trainer-py/${parts.slice(0, length).join("/")}`;
    if (files.has(`${path}.py`) || folders.has(path)) return true;
  }
  return parts.length === 2 && folders.has(`trainer-py/${parts[0]}`);
}

function main(root) {
  const { seen, files, dangling } = checkLinks(root);
  for (const { path, line, message } of dangling) console.error(`${path}:${line}: ${message}`);
  const few = Object.entries(LEAST).filter(([kind, least]) => seen[kind] < least);
  for (const [kind, least] of few)
    console.error(`${kind}: ${seen[kind]} references seen, at least ${least} expected: the reader is broken`);
  const counts = Object.entries(seen).map(([kind, count]) => `${kind} ${count}`);
  console.error(`links: ${files} files, ${counts.join(", ")}; ${dangling.length} dangling`);
  return dangling.length === 0 && few.length === 0 ? 0 : 1;
}

if (basename(process.argv[1] ?? "") === basename(fileURLToPath(import.meta.url)))
  process.exitCode = main(process.argv[2] ?? ".");
