import { CURRENCIES, HUNDREDTHS } from "./currencies.js";
import { multiply, powerOfTen, type Rational, rational, sameRational } from "./rational.js";
import { BINARY, DATA, type Dimensions, METRIC, PLAIN, PREFIXES, TEMPERATURE } from "./unit-table.js";

/** A unit, as a factor and an offset to base units. */
export interface Unit {
  readonly factor: Rational;
  /** Added before the factor is applied, for example 273.15 for °C. */
  readonly offset: Rational | null;
  readonly dimensions: Dimensions;
  /** Second meaning of the same word: a pound is a mass or money, `C` is Celsius or coulomb. */
  readonly also?: Unit;
}

/** Units that people use with the prefix peta. `PM` is a time of the day. */
const LARGE: ReadonlySet<string> = new Set(["W", "J", "Hz", "eV", "g"]);

const BY_SYMBOL = new Map<string, Unit>();
const BY_WORD = new Map<string, Unit>();

function fraction(text: string): Rational {
  const [top = "", bottom = "1"] = text.split("/");
  const decimals = top.split(".")[1]?.length ?? 0;
  return multiply(rational(BigInt(top.replace(".", "")), BigInt(bottom)), powerOfTen(-decimals));
}

function define(names: string, unit: Unit): void {
  for (const name of names.split(" ").filter(Boolean)) {
    BY_SYMBOL.set(name, unit);
    // A word, or a symbol without capital letters, is also read in other cases (KM, Kg), except
    // where that would be ambiguous.
    if (name.length > 1 && name === name.toLowerCase()) BY_WORD.set(name, unit);
  }
}

for (const [names, factor, dimensions] of PLAIN)
  define(names, { factor: fraction(factor), offset: null, dimensions });
for (const [symbol, names, factor, dimensions] of METRIC) {
  for (const [prefix, prefixName, exponent] of PREFIXES) {
    const unit: Unit = { factor: multiply(fraction(factor), powerOfTen(exponent)), offset: null, dimensions };
    if (prefix === "P" && !LARGE.has(symbol)) continue;
    define(prefix + symbol, unit);
    if (prefix === "" || prefixName !== "")
      for (const name of names.split(" ")) define(name && prefixName + name, unit);
  }
}
for (const [symbol, names, bits] of DATA) {
  const add = (prefix: string, name: string, factor: Rational) => {
    const unit: Unit = {
      factor: multiply(rational(BigInt(bits)), factor),
      offset: null,
      dimensions: { bit: 1 },
    };
    define(prefix + symbol, unit);
    if (prefix === "K") return;
    for (const one of names.split(" ").filter(Boolean)) define(name + one, unit);
  };
  for (const [prefix, name, exponent] of PREFIXES)
    if (exponent === 0 || exponent > 2) add(prefix, name, powerOfTen(exponent));
  add("K", "", powerOfTen(3));
  for (const [index, [prefix, name]] of BINARY.entries())
    add(prefix, name, rational(1024n ** BigInt(index + 1)));
}
// `1 b` and `1 kb` are too short to say bits or bytes when their case is not kept.
BY_WORD.delete("kb");
for (const [code, names] of Object.entries(CURRENCIES))
  define(names, { factor: rational(1n), offset: null, dimensions: { [code]: 1 } });
for (const [code, names] of Object.entries(HUNDREDTHS))
  define(names, { factor: rational(1n, 100n), offset: null, dimensions: { [code]: 1 } });
define("\u00b0C celsius centigrade", {
  factor: rational(1n),
  offset: fraction("273.15"),
  dimensions: TEMPERATURE,
});
define("\u00b0F fahrenheit", {
  factor: rational(5n, 9n),
  offset: fraction("459.67"),
  dimensions: TEMPERATURE,
});

for (const [word, meaning, also] of [
  ["C", "\u00b0C", "coulomb"],
  ["F", "\u00b0F", "farad"],
  ["pound", "pound", "GBP"],
  ["pounds", "pounds", "GBP"],
] as const) {
  const [unit, other] = [BY_SYMBOL.get(meaning), BY_SYMBOL.get(also)];
  if (unit !== undefined && other !== undefined) define(word, { ...unit, also: other });
}

/**
 * The unit with this name; null when the table does not have it. Symbols keep their case: mW is not
 * MW.
 */
export function knownUnit(name: string): Unit | null {
  return BY_SYMBOL.get(name) ?? BY_WORD.get(name.toLowerCase()) ?? null;
}

/** True for units of one kind of quantity: `km` and `mile`. */
export function sameDimensions({ dimensions: one }: Unit, { dimensions: other }: Unit): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}

/** True for units with the same size, of one kind of quantity, and with the same second meaning. */
export function sameUnit(one: Unit, other: Unit): boolean {
  return (
    sameRational(one.factor, other.factor) &&
    bothOrNeither(one.offset, other.offset, sameRational) &&
    sameDimensions(one, other) &&
    bothOrNeither(one.also, other.also, sameUnit)
  );
}

function bothOrNeither<T>(
  one: T | null | undefined,
  other: T | null | undefined,
  same: (one: T, other: T) => boolean,
): boolean {
  return one == null || other == null ? one == null && other == null : same(one, other);
}
