import { multiply, powerOfTen, type Rational, rational } from "./rational.js";

/**
 * Powers of base dimensions, never 0. The dimensions are SI symbols, `month`, currencies, and words
 * that are counted (`birth`).
 */
export type Dimensions = Readonly<Record<string, number>>;

/** A unit, as a factor and an offset to base units. */
export interface Unit {
  readonly factor: Rational;
  /** Added before the factor is applied, for example 273.15 for °C. */
  readonly offset: Rational | null;
  readonly dimensions: Dimensions;
}

const LENGTH: Dimensions = { m: 1 };
const AREA: Dimensions = { m: 2 };
const VOLUME: Dimensions = { m: 3 };
const MASS: Dimensions = { kg: 1 };
const TIME: Dimensions = { s: 1 };
/** A month is a base dimension, because it has no fixed number of seconds. */
const MONTH: Dimensions = { month: 1 };
const SPEED: Dimensions = { m: 1, s: -1 };
const TEMPERATURE: Dimensions = { K: 1 };
const ENERGY: Dimensions = { kg: 1, m: 2, s: -2 };
const POWER: Dimensions = { kg: 1, m: 2, s: -3 };
const FORCE: Dimensions = { kg: 1, m: 1, s: -2 };
const PRESSURE: Dimensions = { kg: 1, m: -1, s: -2 };
const VOLTAGE: Dimensions = { kg: 1, m: 2, s: -3, A: -1 };

/**
 * Units without metric prefixes: names, factor to base units as a decimal or fraction, dimensions.
 * The factors are definitions (international yard and pound of 1959, SI brochure, IAU), so every
 * conversion is exact. Units that differ between places (ton, gallon, horsepower) are dimensions of
 * their own and equal only themselves. A pound is a mass.
 */
const PLAIN: readonly (readonly [names: string, factor: string, dimensions: Dimensions])[] = [
  ["mi mile miles", "1609.344", LENGTH],
  ["yd yard yards", "0.9144", LENGTH],
  ["ft foot feet", "0.3048", LENGTH],
  ["in inch inches", "0.0254", LENGTH],
  ["nmi nautical-mile", "1852", LENGTH],
  ["au astronomical-unit", "149597870700", LENGTH],
  ["ly light-year", "9460730472580800", LENGTH],
  ["ha hectare hectares", "10000", AREA],
  ["ac acre acres", "4046.8564224", AREA],
  ["t tonne tonnes metric-ton", "1000", MASS],
  ["short-ton", "907.18474", MASS],
  ["long-ton", "1016.0469088", MASS],
  ["lb lbs pound pounds", "0.45359237", MASS],
  ["oz ounce ounces", "0.028349523125", MASS],
  ["bbl barrel barrels", "0.158987294928", VOLUME],
  ["ton tons", "1", { ton: 1 }],
  ["gal gallon gallons", "1", { gallon: 1 }],
  ["hp horsepower", "1", { horsepower: 1 }],
  ["sec secs", "1", TIME],
  ["min mins minute minutes", "60", TIME],
  ["h hr hrs hour hours", "3600", TIME],
  ["d day days", "86400", TIME],
  ["week weeks", "604800", TIME],
  ["month months", "1", MONTH],
  ["yr yrs year years annum", "12", MONTH],
  ["decade decades", "120", MONTH],
  ["century centuries", "1200", MONTH],
  ["mph", "0.44704", SPEED],
  ["kph kmh", "5/18", SPEED],
  ["kn kt knot knots", "1852/3600", SPEED],
  ["K kelvin kelvins", "1", TEMPERATURE],
  ["kcal kilocalorie kilocalories", "4184", ENERGY],
  ["cal calorie calories", "4.184", ENERGY],
  ["Wh watt-hour", "3600", ENERGY],
  ["kWh kwh kilowatt-hour", "3600000", ENERGY],
  ["MWh megawatt-hour", "3600000000", ENERGY],
  ["GWh gigawatt-hour", "3600000000000", ENERGY],
  ["TWh terawatt-hour", "3600000000000000", ENERGY],
  ["atm atmosphere atmospheres", "101325", PRESSURE],
  ["bar bars", "100000", PRESSURE],
  ["mbar millibar millibars", "100", PRESSURE],
];

/**
 * Units with metric prefixes: symbol, full names, factor of the unit without prefix, dimensions.
 */
const METRIC: readonly (readonly [symbol: string, names: string, factor: string, dimensions: Dimensions])[] =
  [
    ["m", "metre metres meter meters", "1", LENGTH],
    ["g", "gram grams gramme grammes", "0.001", MASS],
    ["l", "litre litres liter liters", "0.001", VOLUME],
    ["L", "", "0.001", VOLUME],
    ["s", "second seconds", "1", TIME],
    ["W", "watt watts", "1", POWER],
    ["J", "joule joules", "1", ENERGY],
    ["N", "newton newtons", "1", FORCE],
    ["Pa", "pascal pascals", "1", PRESSURE],
    ["V", "volt volts", "1", VOLTAGE],
    ["A", "ampere amperes amp amps", "1", { A: 1 }],
    ["Hz", "hertz", "1", { s: -1 }],
  ];

const PREFIXES: readonly (readonly [symbol: string, name: string, exponent: number])[] = [
  ["", "", 0],
  ["n", "nano", -9],
  ["\u03bc", "micro", -6],
  ["u", "", -6],
  ["m", "milli", -3],
  ["c", "centi", -2],
  ["d", "deci", -1],
  ["h", "hecto", 2],
  ["k", "kilo", 3],
  ["M", "mega", 6],
  ["G", "giga", 9],
  ["T", "tera", 12],
];

/**
 * Currencies are never converted. A dollar is a dollar of the United States unless the text says
 * another country.
 */
const CURRENCIES: Readonly<Record<string, string>> = {
  USD: "USD $ US$ dollar dollars us-dollar",
  EUR: "EUR \u20ac euro euros",
  GBP: "GBP \u00a3 sterling",
  JPY: "JPY \u00a5 yen",
  INR: "INR \u20b9 rupee rupees",
  CHF: "CHF",
  CNY: "CNY yuan renminbi",
};

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
    define(prefix + symbol, unit);
    if (prefix === "" || prefixName !== "")
      for (const name of names.split(" ")) define(name && prefixName + name, unit);
  }
}
for (const [code, names] of Object.entries(CURRENCIES))
  define(names, { factor: rational(1n), offset: null, dimensions: { [code]: 1 } });
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

/**
 * The unit with this name; null when the table does not have it. Symbols keep their case: mW is not
 * MW.
 */
export function knownUnit(name: string): Unit | null {
  return BY_SYMBOL.get(name) ?? BY_WORD.get(name.toLowerCase()) ?? null;
}
