import { atMost, divide, isInteger, type Rational, rational } from "../rational.js";
import { LIMITS, type Node, type Operator, type RelationSign } from "./ast.js";
import type { Token } from "./tokens.js";

const ZERO: Node = { kind: "number", value: rational(0n) };
/**
 * Binding powers of infix operators. A product without a sign binds like a product with one, so
 * 1/2x is x/2.
 */
const POWERS: Readonly<Record<string, number>> = { "+": 10, "-": 10, "*": 20, "/": 20, "^": 40 };
const IMPLICIT = 20;
/** A degree of angle in radians. */
const RADIANS: Node = {
  kind: "binary",
  operator: "/",
  left: { kind: "symbol", name: "\u03c0" },
  right: { kind: "number", value: rational(180n) },
};
const UNARY = 20;
const POSTFIX = 50;

/** Values with relations between them; no signs for a single value. */
export interface Chain {
  readonly items: readonly Node[];
  readonly signs: readonly RelationSign[];
}

/**
 * Reads tokens as a value or a chain of relations within `LIMITS`; null unless they are exactly
 * that.
 */
export function parseChain(tokens: readonly Token[]): Chain | null {
  if (tokens.length === 0) return null;
  const parser = new Parser(tokens);
  const chain = parser.chain();
  return parser.isDone ? chain : null;
}

/** Reads tokens as one value; null for other texts. */
export function parseNode(tokens: readonly Token[]): Node | null {
  const chain = parseChain(tokens);
  return chain?.signs.length === 0 ? (chain.items[0] as Node) : null;
}

/**
 * Parser by precedence climbing (Pratt 1973). After a failure, the parser moves to the end of the
 * text, so that every loop ends. `isDone` is then false.
 */
class Parser {
  readonly #tokens: Token[];
  #at = 0;
  #nodes = 0;
  #depth = 0;
  #failed = false;
  /** Number of absolute values that are open. Within them, a line closes. */
  #bars = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = [...tokens];
  }

  /** True when everything was read and is within the limits. */
  get isDone(): boolean {
    return !this.#failed && this.#at === this.#tokens.length;
  }

  /** Reads a value, or values with relations between them. */
  chain(): Chain {
    const items = [this.#expression(0)];
    const signs: RelationSign[] = [];
    for (let token = this.#peek(); token?.kind === "relation"; token = this.#peek()) {
      this.#at += 1;
      signs.push(token.sign);
      items.push(this.#expression(0));
    }
    return { items, signs };
  }

  #expression(least: number): Node {
    this.#depth += 1;
    if (this.#depth > LIMITS.depth) return this.#fail();
    let left = this.#prefix();
    for (;;) {
      const text = this.#mark();
      if ((text === "!" || text === "%") && least <= POSTFIX) {
        this.#at += 1;
        // n!! is another function, and 5%% has no meaning.
        if (this.#mark() === text) left = this.#fail();
        else if (text === "%")
          left = this.#binary("/", left, this.#node({ kind: "number", value: rational(100n) }));
        else left = this.#node({ kind: "call", name: "factorial", of: left });
        continue;
      }
      if (text === "^" && least <= POSTFIX && this.#takeDegreeSign()) {
        left = this.#binary("*", left, RADIANS);
        continue;
      }
      const operator = text !== null && Object.hasOwn(POWERS, text) ? (text as Operator) : null;
      if (operator !== null) {
        const power = POWERS[operator] as number;
        if (power < least) break;
        this.#at += 1;
        const right = operator === "^" ? this.#exponent() : this.#expression(power + 1);
        left = this.#binary(operator, left, right);
      } else if (this.#startsFactor() && IMPLICIT >= least) {
        if (this.#isAmbiguous()) left = this.#fail();
        else left = this.#binary("*", left, this.#expression(IMPLICIT + 1));
      } else break;
    }
    this.#depth -= 1;
    return left;
  }

  #prefix(): Node {
    const token = this.#peek();
    if (token === undefined) return this.#fail();
    this.#at += 1;
    if (token.kind === "number")
      return this.#node({ kind: "number", value: this.#mixed(token) ?? token.value });
    if (token.kind === "symbol") return this.#node({ kind: "symbol", name: token.name });
    if (token.kind === "function") return this.#call(token.name);
    if (token.kind !== "mark") return this.#fail();
    switch (token.text) {
      case "-":
        return this.#node({ kind: "negate", of: this.#expression(UNARY) });
      case "+":
        return this.#expression(UNARY);
      case "(":
        return this.#until(")");
      case "[":
        return this.#until("]");
      case "{": {
        const inner = this.#expression(0);
        const chosen = this.#take("choose") ? this.#binomial(inner, this.#expression(0)) : inner;
        return this.#take("}") ? chosen : this.#fail();
      }
      case "binom": {
        const top = this.#digit() ?? this.#argument();
        return this.#binomial(top, this.#digit() ?? this.#argument());
      }
      case "lfloor":
        return this.#node({ kind: "call", name: "floor", of: this.#until("rfloor") });
      case "lceil":
        return this.#node({ kind: "call", name: "ceil", of: this.#until("rceil") });
      case "|":
        return this.#absolute();
      case "frac": {
        const top = this.#digit() ?? this.#argument();
        return this.#binary("/", top, this.#digit() ?? this.#argument());
      }
      case "sqrt":
        return this.#root();
      default:
        return this.#fail();
    }
  }

  /**
   * The value of a mixed number whose whole part was read: a whole number directly before a proper
   * fraction of whole numbers. Null, and nothing read, for others. An exponent is no mixed number.
   */
  #mixed(whole: Extract<Token, { kind: "number" }>): Rational | null {
    const before = this.#tokens[this.#at - 2];
    if (!whole.whole || (before?.kind === "mark" && before.text === "^")) return null;
    const fraction = fractionAt(this.#tokens, this.#at);
    if (fraction === null) return null;
    this.#at += fraction.length;
    const { numerator, denominator } = fraction.value;
    return rational(whole.value.numerator * denominator + numerator, denominator);
  }

  /** Takes the first digit of a number: in `\frac23`, the numerator is 2. Null for other tokens. */
  #digit(): Node | null {
    const token = this.#peek();
    if (token?.kind !== "number" || !token.whole || token.value.numerator < 10n) return null;
    const digits = String(token.value.numerator);
    const rest = BigInt(digits.slice(1));
    // A rest that begins with 0 would lose its zeros.
    if (digits[1] === "0" && digits.length > 2) return this.#fail();
    this.#tokens[this.#at] = { kind: "number", value: rational(rest), whole: true };
    return this.#node({ kind: "number", value: rational(BigInt(digits.charAt(0))) });
  }

  /** n(n-1)...(n-k+1)/k! for a small whole k, else n!/(k!(n-k)!). */
  #binomial(top: Node, bottom: Node): Node {
    const count = bottom.kind === "number" && isInteger(bottom.value) ? bottom.value.numerator : null;
    const factorial = (of: Node) => this.#node({ kind: "call", name: "factorial", of });
    if (count === null || count < 0n || count > BigInt(LIMITS.binomial)) {
      const rest = factorial(this.#binary("-", top, bottom));
      return this.#binary("/", factorial(top), this.#binary("*", factorial(bottom), rest));
    }
    let product: Node = this.#node({ kind: "number", value: rational(1n) });
    for (let taken = 0n; taken < count; taken += 1n) {
      const less = this.#binary("-", top, this.#node({ kind: "number", value: rational(taken) }));
      product = this.#binary("*", product, less);
    }
    return this.#binary("/", product, factorial(bottom));
  }

  /** Takes `^\circ` or `^{\circ}`. */
  #takeDegreeSign(): boolean {
    const isMark = (offset: number, text: string) => {
      const token = this.#tokens[this.#at + offset];
      return token?.kind === "mark" && token.text === text;
    };
    const length = isMark(1, "circ") ? 2 : isMark(1, "{") && isMark(2, "circ") && isMark(3, "}") ? 4 : 0;
    this.#at += length;
    return length > 0;
  }

  #absolute(): Node {
    this.#bars += 1;
    const of = this.#until("|");
    this.#bars -= 1;
    return this.#node({ kind: "call", name: "abs", of });
  }

  #root(): Node {
    let degree = 2;
    if (this.#take("[")) {
      const token = this.#peek();
      if (token?.kind === "symbol") {
        const index = this.#until("]");
        const one = this.#node({ kind: "number", value: rational(1n) });
        return this.#binary("^", this.#argument(), this.#binary("/", one, index));
      }
      degree = token?.kind === "number" && isInteger(token.value) ? Number(token.value.numerator) : 0;
      this.#at += 1;
      if (!this.#take("]") || degree < 2 || degree > 64) return this.#fail();
    }
    return this.#node({ kind: "root", degree, of: this.#argument() });
  }

  /**
   * Reads `sin x`, `sin 2x`, `sin(x)`, `\sin^2 x`. The argument ends before a sum, a division sign
   * or another function.
   */
  #call(name: string): Node {
    const power = this.#take("^") ? this.#exponent() : null;
    // Some books use sin^{-1} for the inverse and others for the reciprocal.
    if (power?.kind === "negate") return this.#fail();
    const bracketed = this.#mark() === "(" || this.#mark() === "{" || this.#mark() === "[";
    let of = bracketed ? this.#argument() : this.#expression(POWERS["^"] as number);
    while (!bracketed && this.#startsFactor() && this.#peek()?.kind !== "function" && !this.#failed) {
      if (this.#mark() === "(") break;
      of = this.#binary("*", of, this.#expression(POWERS["^"] as number));
    }
    const call = this.#node({ kind: "call", name, of });
    return power === null ? call : this.#binary("^", call, power);
  }

  /**
   * Reads the exponent after `^`: right-associative, `{...}` or one factor with an optional sign.
   */
  #exponent(): Node {
    if (this.#take("-")) return this.#node({ kind: "negate", of: this.#exponent() });
    this.#take("+");
    return this.#expression(POWERS["^"] as number);
  }

  /**
   * Reads an argument of `\frac` or `\sqrt`: braces or brackets, or one digit or letter
   * (`\frac12`).
   */
  #argument(): Node {
    if (this.#take("{")) return this.#until("}");
    if (this.#take("(")) return this.#until(")");
    if (this.#take("[")) return this.#until("]");
    return this.#expression(POSTFIX + 1);
  }

  #until(close: string): Node {
    const inner = this.#expression(0);
    return this.#take(close) ? inner : this.#fail();
  }

  /**
   * True for texts with several readings: "3\frac{5}{2}" and "x^2\frac{1}{2}" are no mixed numbers,
   * and perhaps products; "x2" and "2 3" are neither.
   */
  #isAmbiguous(): boolean {
    const [before, next] = [this.#tokens[this.#at - 1], this.#peek()];
    const isFactorial = before?.kind === "mark" && before.text === "!";
    if (next?.kind === "number") return !isFactorial;
    const above = this.#tokens[this.#at - 2];
    if (above?.kind === "mark" && above.text === "^") return false;
    return (
      before?.kind === "number" && next?.kind === "mark" && next.text === "frac" && this.#isPlainFraction()
    );
  }

  #isPlainFraction(): boolean {
    const after = this.#tokens.slice(this.#at + 1, this.#at + 7);
    return (
      after.filter((token) => token.kind === "number").length >= 2 &&
      after.every((token) => token.kind !== "symbol")
    );
  }

  #startsFactor(): boolean {
    const token = this.#peek();
    if (token === undefined || token.kind === "relation") return false;
    if (token.kind === "mark" && token.text === "|") return this.#bars === 0;
    return (
      token.kind !== "mark" || ["(", "frac", "sqrt", "{", "binom", "lfloor", "lceil"].includes(token.text)
    );
  }

  #binary(operator: Operator, left: Node, right: Node): Node {
    return this.#node({ kind: "binary", operator, left, right });
  }

  #node(node: Node): Node {
    this.#nodes += 1;
    return this.#nodes > LIMITS.nodes ? this.#fail() : node;
  }

  #fail(): Node {
    this.#failed = true;
    this.#at = this.#tokens.length;
    return ZERO;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #mark(): string | null {
    const token = this.#peek();
    return token?.kind === "mark" ? token.text : null;
  }

  #take(text: string): boolean {
    if (this.#mark() !== text) return false;
    this.#at += 1;
    return true;
  }
}

/**
 * A proper fraction of whole numbers at a place (`\frac{3}{4}`, `\frac34`, `3/4`), and the number
 * of its tokens.
 */
function fractionAt(tokens: readonly Token[], at: number): { value: Rational; length: number } | null {
  const number = (index: number): bigint | null => {
    const token = tokens[index];
    return token?.kind === "number" && token.whole ? token.value.numerator : null;
  };
  const mark = (index: number) => {
    const token = tokens[index];
    return token?.kind === "mark" ? token.text : "";
  };
  const argument = (index: number) =>
    mark(index) === "{" && mark(index + 2) === "}"
      ? { value: number(index + 1), length: 3 }
      : { value: number(index), length: 1 };
  let found: { top: bigint | null; bottom: bigint | null; length: number };
  if (mark(at) === "frac") {
    const both = String(number(at + 1) ?? "");
    const top = argument(at + 1);
    const bottom = argument(at + 1 + top.length);
    found = /^\d\d$/.test(both)
      ? { top: BigInt(both.charAt(0)), bottom: BigInt(both.charAt(1)), length: 2 }
      : { top: top.value, bottom: bottom.value, length: 1 + top.length + bottom.length };
  } else found = { top: number(at), bottom: mark(at + 1) === "/" ? number(at + 2) : null, length: 3 };
  const { top, bottom, length } = found;
  if (top === null || bottom === null || top === 0n || mark(at + length) === "^") return null;
  const value = divide(rational(top), rational(bottom));
  return value === null || atMost(rational(1n), value) ? null : { value, length };
}
