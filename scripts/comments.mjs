/**
 * Comments of source files, line by line, for the checks of this folder. Supports TypeScript,
 * JavaScript and Proto (`//`, block comments), Python (`#`, docstrings), and shell, YAML and TOML
 * (`#`). Strings and regular expressions are skipped, so `"https://..."` is not a comment.
 */

const SLASH = /\.(ts|mjs|cjs|js|proto)$/;
const PYTHON = /\.py$/;
const HASH = /\.(sh|ya?ml|toml)$|(^|\/)\.ci\/run$/;

/** Whether `commentLines` supports the language of this file. */
export function hasKnownComments(path) {
  return SLASH.test(path) || PYTHON.test(path) || HASH.test(path);
}

/**
 * Returns the lines of `text` that contain a comment, as `{ line, text }`.
 *
 * @returns `line` counts from 1; `text` is the part of the line in the comment
 */
export function commentLines(path, text) {
  if (SLASH.test(path)) return byLine(text, slashComments(text));
  if (PYTHON.test(path)) return byLine(text, pythonComments(text));
  return byLine(text, hashComments(text));
}

/** Divides ranges of the text into lines. */
function byLine(text, ranges) {
  const lines = [];
  let line = 1;
  let at = 0;
  for (const [start, end] of ranges) {
    for (; at < start; at++) if (text[at] === "\n") line += 1;
    for (const part of text.slice(start, end).split("\n")) lines.push({ line: line++, text: part });
    line -= 1;
    at = end;
  }
  return lines;
}

/** A slash after one of these tokens begins a regular expression. Other slashes are divisions. */
const BEFORE_REGEX = /(^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|yield|await|void|delete))\s*$/;

function slashComments(text) {
  const ranges = [];
  /** Depth of braces at which each open template continues. */
  const templates = [];
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const here = text[at];
    const two = text.slice(at, at + 2);
    if (two === "//") {
      const end = endOr(text, text.indexOf("\n", at));
      ranges.push([at, end]);
      at = end;
    } else if (two === "/*") {
      const end = endOr(text, text.indexOf("*/", at + 2), 2);
      ranges.push([at, end]);
      at = end;
    } else if (here === '"' || here === "'") {
      at = afterQuoted(text, at + 1, here);
    } else if (here === "`") {
      at = afterTemplatePart(text, at + 1, () => templates.push(depth));
    } else if (here === "}" && templates.at(-1) === depth) {
      templates.pop();
      at = afterTemplatePart(text, at + 1, () => templates.push(depth));
    } else if (here === "/" && BEFORE_REGEX.test(text.slice(Math.max(0, at - 30), at))) {
      at = afterRegex(text, at + 1);
    } else {
      if (here === "{") depth += 1;
      if (here === "}") depth -= 1;
      at += 1;
    }
  }
  return ranges;
}

function endOr(text, found, length = 0) {
  return found === -1 ? text.length : found + length;
}

function afterQuoted(text, from, quote) {
  let at = from;
  while (at < text.length && text[at] !== quote && text[at] !== "\n") at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

/**
 * Returns the place after a part of a template: after its closing quote, or after `${`, when
 * `opened` is also called.
 */
function afterTemplatePart(text, from, opened) {
  let at = from;
  while (at < text.length && text[at] !== "`") {
    if (text.startsWith("${", at)) {
      opened();
      return at + 2;
    }
    at += text[at] === "\\" ? 2 : 1;
  }
  return at + 1;
}

function afterRegex(text, from) {
  let inClass = false;
  let at = from;
  while (at < text.length && text[at] !== "\n" && (inClass || text[at] !== "/")) {
    if (text[at] === "[") inClass = true;
    if (text[at] === "]") inClass = false;
    at += text[at] === "\\" ? 2 : 1;
  }
  return at + 1;
}

function pythonComments(text) {
  const ranges = [];
  let at = 0;
  while (at < text.length) {
    const here = text[at];
    if (here === "#") {
      const end = endOr(text, text.indexOf("\n", at));
      ranges.push([at, end]);
      at = end;
    } else if (here === '"' || here === "'") {
      const triple = here.repeat(3);
      if (!text.startsWith(triple, at)) {
        at = afterQuoted(text, at + 1, here);
        continue;
      }
      const end = endOr(text, text.indexOf(triple, at + 3), 3);
      // A docstring stands alone on its line. Other long strings are data.
      const before = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
      if (/^\s*r?$/.test(before)) ranges.push([at, end]);
      at = end;
    } else {
      at += 1;
    }
  }
  return ranges;
}

function hashComments(text) {
  const ranges = [];
  let at = 0;
  for (const line of text.split("\n")) {
    const found = line.search(/(^|\s)#(?!!)/);
    if (found !== -1) ranges.push([at + found, at + line.length]);
    at += line.length + 1;
  }
  return ranges;
}
