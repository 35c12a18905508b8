import { add, multiply, powerOfTen, type Rational, rational } from "../rational.js";
import { LIMITS, type RelationSign } from "./ast.js";
import { plainLatex } from "./latex.js";

export type Token =
  | { readonly kind: "number"; readonly value: Rational; readonly whole: boolean }
  | { readonly kind: "symbol"; readonly name: string }
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "relation"; readonly sign: RelationSign }
  /**
   * `\frac`, `\sqrt`, the characters of operators and brackets, and the words that join answers
   * (`or`, `cup`, `pm`). `\{` and `\}` are the brackets of a set.
   */
  | { readonly kind: "mark"; readonly text: string };

/**
 * Names of functions of one argument. `log` and `lg` have base 10, `ln` is the natural logarithm.
 */
const FUNCTIONS: Readonly<Record<string, string>> = {
  sin: "sin",
  cos: "cos",
  tan: "tan",
  cot: "cot",
  sec: "sec",
  csc: "csc",
  arcsin: "asin",
  arccos: "acos",
  arctan: "atan",
  asin: "asin",
  acos: "acos",
  atan: "atan",
  sinh: "sinh",
  cosh: "cosh",
  tanh: "tanh",
  ln: "ln",
  log: "log",
  lg: "log",
  exp: "exp",
  abs: "abs",
};

const GREEK =
  "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau upsilon phi chi psi omega".split(
    " ",
  );
const RELATIONS: Readonly<Record<string, RelationSign>> = {
  "=": "=",
  "<": "<",
  ">": ">",
  "<=": "<=",
  ">=": ">=",
  "!=": "!=",
  "\u2264": "<=",
  "\u2265": ">=",
  "\u2260": "!=",
  "\\le": "<=",
  "\\leq": "<=",
  "\\ge": ">=",
  "\\geq": ">=",
  "\\ne": "!=",
  "\\neq": "!=",
  "\\lt": "<",
  "\\gt": ">",
};
const MARKS: Readonly<Record<string, string>> = {
  "\\times": "*",
  "\\cdot": "*",
  "\\div": "/",
  "\\frac": "frac",
  "\\dfrac": "frac",
  "\\tfrac": "frac",
  "\\binom": "binom",
  "\\choose": "choose",
  "\\lfloor": "lfloor",
  "\\rfloor": "rfloor",
  "\\lceil": "lceil",
  "\\rceil": "rceil",
  "\\langle": "langle",
  "\\rangle": "rangle",
  "\\pm": "pm",
  "\\mp": "mp",
  "\\cup": "cup",
  "\\in": "in",
  "\\approx": "approx",
  "\\simeq": "approx",
  "\\lor": "or",
  "\\vee": "or",
  "\\land": "and",
  "\\wedge": "and",
  "\\circ": "circ",
  "\\emptyset": "emptyset",
  "\\varnothing": "emptyset",
  "\\setminus": "setminus",
  "\\backslash": "setminus",
  "\\colon": ":",
  "\\lbrace": "\\{",
  "\\rbrace": "\\}",
  "\\lbrack": "[",
  "\\rbrack": "]",
  "\\vert": "|",
  "\\ast": "*",
  "\\sqrt": "sqrt",
  sqrt: "sqrt",
  "\\{": "\\{",
  "\\}": "\\}",
  "\\%": "%",
  "\\lvert": "|",
  "\\rvert": "|",
  "\\mid": "|",
  "**": "^",
};
/** Words that join or deny answers. As products of letters they would be formulas. */
const DOUBT = new Set("not no is if the maybe nor vs".split(" "));

const TOKEN =
  /[^\S\r\n]+|(?<matrix>\\(?:begin|end)\{[pbvBV]?matrix\}|\\\\(?:\s*\[\d+(?:pt|mm|ex|em)\])?|&)|(?<reals>\\(?:mathbb|mathbf)\{?R\}?)|(?<repeating>\d{0,9}\.\d{0,9}\\(?:overline|bar|dot)\{\d{1,9}\})|(?<number>\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?<exponent>[eE][+-]?\d{1,4}(?![\dA-Za-z]))?|\\(?:text|mathrm|operatorname|mathbf|mathit)\{(?<wrapped>[^{}]{1,40})\}|(?<command>\\(?:[A-Za-z]+|[{}%]))|(?<letters>[A-Za-z]+|\p{L})|(?<mark><=|>=|!=|\*\*|[-+*/^()[\]{},;:=<>!%|\u2264\u2265\u2260])/uy;
const SUBSCRIPT = /_(?:\{([A-Za-z0-9,+-]{1,16})\}|([A-Za-z0-9]))/y;

/** This many letters or more are one symbol (`mass`). Fewer letters are a product (`xy`). */
const WORD = 4;

/** The tokens of a formula in LaTeX or plain text; null when a part is no formula. */
export function tokenize(text: string): Token[] | null {
  const plain = plainLatex(text);
  const tokens: Token[] = [];
  let depth = 0;
  for (let at = 0; at < plain.length; ) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(plain);
    if (match === null || tokens.length > LIMITS.nodes) return null;
    at += match[0].length;
    const { matrix, reals, repeating, number, exponent, wrapped, command, letters, mark } =
      match.groups ?? {};
    if (repeating !== undefined) {
      tokens.push({ kind: "number", value: repeatingDecimal(repeating), whole: false });
      continue;
    }
    if (reals !== undefined || matrix !== undefined) {
      const name = matrix?.startsWith("\\\\") ? "row" : (matrix ?? "reals");
      if (name.startsWith("\\begin")) depth += 1;
      if (name.startsWith("\\end")) depth -= 1;
      tokens.push({ kind: "mark", text: name });
      continue;
    }
    if (number !== undefined) {
      const short = depth > 0 ? number.split(",")[0] : number;
      if (short !== number) at = match.index + (short as string).length;
      const value = numberOf(short as string, short === number ? exponent : undefined);
      if (value === null) return null;
      tokens.push(value);
      continue;
    }
    const word = wrapped?.trim() ?? letters ?? command ?? mark;
    if (word === undefined || word === "") continue;
    if (word === "(" || word === "[" || word === "\\{") depth += 1;
    if (word === ")" || word === "]" || word === "\\}") depth -= 1;
    SUBSCRIPT.lastIndex = at;
    const below = SUBSCRIPT.exec(plain);
    if (below !== null) at += below[0].length;
    const added =
      named(word, below?.[1] ?? below?.[2]) ??
      (wrapped === undefined ? product(word, below?.[1] ?? below?.[2]) : null);
    if (added === null) return null;
    tokens.push(...added);
  }
  return tokens;
}

/** The value of `0.1\overline{6}`: the digits under the line repeat without end. */
function repeatingDecimal(text: string): Rational {
  const [, whole = "", first = "", again = ""] = /^(\d*)\.(\d*)\\[a-z]+\{(\d+)\}$/.exec(text) ?? [];
  const start = rational(BigInt(whole + first || "0"), 10n ** BigInt(first.length));
  const period = rational(BigInt(again), 10n ** BigInt(first.length) * (10n ** BigInt(again.length) - 1n));
  return add(start, period);
}

function numberOf(digits: string, exponent: string | undefined): Token | null {
  const plain = digits.replaceAll(",", "");
  const power = Number(exponent?.slice(1) ?? 0);
  if (plain.length + Math.abs(power) > LIMITS.digits) return null;
  const [whole = "", decimals = ""] = plain.split(".");
  const value = multiply(rational(BigInt(whole + decimals)), powerOfTen(power - decimals.length));
  return { kind: "number", value, whole: decimals === "" && exponent === undefined };
}

/** One token for a word or mark with one meaning, with its subscript; null for others. */
function named(word: string, subscript: string | undefined): Token[] | null {
  const sign = Object.hasOwn(RELATIONS, word) ? RELATIONS[word] : undefined;
  if (sign !== undefined) return subscript === undefined ? [{ kind: "relation", sign }] : null;
  const bare = word.replace(/^\\/, "");
  if (DOUBT.has(bare.toLowerCase())) return null;
  if (subscript === undefined && (bare === "or" || bare === "and")) return [{ kind: "mark", text: bare }];
  const mark = Object.hasOwn(MARKS, word) ? MARKS[word] : undefined;
  if (mark !== undefined) return subscript === undefined ? [{ kind: "mark", text: mark }] : null;
  const call = Object.hasOwn(FUNCTIONS, bare) ? FUNCTIONS[bare] : undefined;
  if (call !== undefined) return functionOf(call, subscript);
  if (!/^\p{L}/u.test(bare)) return word.startsWith("\\") ? null : [{ kind: "mark", text: word }];
  const name = symbolName(word, bare);
  return name === null
    ? null
    : [{ kind: "symbol", name: subscript === undefined ? name : `${name}_${subscript}` }];
}

function functionOf(name: string, subscript: string | undefined): Token[] | null {
  if (subscript === undefined) return [{ kind: "function", name }];
  return name === "log" && /^(?:[2-9]|[1-9]\d{1,3}|[a-z])$/.test(subscript)
    ? [{ kind: "function", name: `log_${subscript}` }]
    : null;
}

function symbolName(word: string, bare: string): string | null {
  const greek = GREEK.indexOf(bare === "varepsilon" ? "epsilon" : bare);
  if (greek >= 0) return String.fromCharCode(0x3b1 + greek);
  if (/^(?:infty|infinity|inf)$/.test(bare)) return "\u221e";
  if (/^[\p{L}]$/u.test(bare)) return bare;
  // Other commands (\int, \sum, \pm) are no values.
  return word.startsWith("\\") || bare.length < WORD || !/^\p{L}+$/u.test(bare) ? null : bare;
}

/** Letters side by side are a product. A subscript belongs to the last letter. */
function product(word: string, subscript: string | undefined): Token[] | null {
  if (!/^[A-Za-z]{2,3}$/.test(word) || DOUBT.has(word.toLowerCase())) return null;
  const names = [...word];
  if (subscript !== undefined) names.push(`${names.pop()}_${subscript}`);
  return names.map((name) => ({ kind: "symbol", name }));
}
