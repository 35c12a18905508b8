import { isInteger, rational } from "../rational.js";
import { LIMITS, type Node, type Operator, type RelationSign, type Statement } from "./ast.js";
import { type Token, tokenize } from "./tokens.js";

const ZERO: Node = { kind: "number", value: rational(0n) };
/**
 * Binding powers of infix operators. A product without a sign binds like a product with one, so
 * 1/2x is x/2.
 */
const POWERS: Readonly<Record<string, number>> = { "+": 10, "-": 10, "*": 20, "/": 20, "^": 40 };
const IMPLICIT = 20;
const UNARY = 20;
const POSTFIX = 50;
const CLOSERS: Readonly<Record<string, readonly string[]>> = {
  "(": [")", "]"],
  "[": ["]", ")"],
  "\\{": ["\\}"],
  "{": ["}"],
};

/**
 * Reads a whole answer as a formula within `LIMITS`; null unless the answer is exactly one formula.
 */
export function parseStatement(text: string): Statement | null {
  const tokens = tokenize(text);
  if (tokens === null || tokens.length === 0) return null;
  const parser = new Parser(tokens);
  const statement = parser.group() ?? parser.relation();
  return parser.isDone ? statement : null;
}

/**
 * Parser by precedence climbing (Pratt 1973). After a failure, the parser moves to the end of the
 * text, so that every loop ends. `isDone` is then false.
 */
class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #nodes = 0;
  #depth = 0;
  #failed = false;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** True when everything was read and is within the limits. */
  get isDone(): boolean {
    return !this.#failed && this.#at === this.#tokens.length;
  }

  /**
   * Reads values with commas in brackets around the whole text: a tuple, an interval or a set.
   * Null, and nothing read, for other texts.
   */
  group(): Statement | null {
    const open = this.#mark();
    const last = this.#tokens.at(-1);
    const close = last?.kind === "mark" ? last.text : "";
    const first = open === "{" ? "\\{" : open;
    if (first === null || CLOSERS[first] === undefined || !["]", ")", "\\}", "}"].includes(close))
      return null;
    this.#at += 1;
    const items = [this.#expression(0)];
    while (this.#take(",")) items.push(this.#expression(0));
    const whole = this.#at === this.#tokens.length - 1 && !this.#failed;
    const isGroup = whole && (items.length > 1 || first === "\\{" || first === "[");
    if (!isGroup || !(CLOSERS[open as string]?.includes(close) ?? false)) {
      [this.#at, this.#nodes, this.#depth, this.#failed] = [0, 0, 0, false];
      return null;
    }
    this.#at += 1;
    return { kind: "group", open: first, close: close === "}" ? "\\}" : close, items };
  }

  /** Reads a value, or values with relations between them. */
  relation(): Statement {
    const items = [this.#expression(0)];
    const signs: RelationSign[] = [];
    for (let token = this.#peek(); token?.kind === "relation"; token = this.#peek()) {
      this.#at += 1;
      signs.push(token.sign);
      items.push(this.#expression(0));
    }
    return signs.length === 0
      ? { kind: "value", node: items[0] as Node }
      : { kind: "relation", items, signs };
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
    if (token.kind === "number") return this.#node({ kind: "number", value: token.value });
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
      case "{":
        return this.#until("}");
      case "|":
        return this.#node({ kind: "call", name: "abs", of: this.#until("|") });
      case "frac": {
        const top = this.#argument();
        return this.#binary("/", top, this.#argument());
      }
      case "sqrt":
        return this.#root();
      default:
        return this.#fail();
    }
  }

  #root(): Node {
    let degree = 2;
    if (this.#take("[")) {
      const token = this.#peek();
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
   * True for texts with several readings: "3 1/2" and "3\frac{1}{2}" are mixed numbers or products;
   * "x2" and "2 3" are neither.
   */
  #isAmbiguous(): boolean {
    const [before, next] = [this.#tokens[this.#at - 1], this.#peek()];
    if (next?.kind === "number") return true;
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
    return token.kind !== "mark" || ["(", "frac", "sqrt", "{"].includes(token.text);
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
