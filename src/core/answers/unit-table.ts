/**
 * Powers of base dimensions, never 0. The dimensions are SI symbols, `month`, currencies, and words
 * that are counted (`birth`).
 */
export type Dimensions = Readonly<Record<string, number>>;

const LENGTH: Dimensions = { m: 1 };
const AREA: Dimensions = { m: 2 };
const VOLUME: Dimensions = { m: 3 };
const MASS: Dimensions = { kg: 1 };
const TIME: Dimensions = { s: 1 };
/** A month is a base dimension, because it has no fixed number of seconds. */
const MONTH: Dimensions = { month: 1 };
const SPEED: Dimensions = { m: 1, s: -1 };
export const TEMPERATURE: Dimensions = { K: 1 };
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
export const PLAIN: readonly (readonly [names: string, factor: string, dimensions: Dimensions])[] = [
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
  ["kph kmh kmph", "5/18", SPEED],
  ["mpg", "1609.344", { m: 1, gallon: -1 }],
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
  ["\u00b0 deg degs degree degrees", "1", { degree: 1 }],
  ["arcmin arcminute arcminutes", "1/60", { degree: 1 }],
  ["arcsec arcsecond arcseconds", "1/3600", { degree: 1 }],
  ["rad radian radians", "1", { radian: 1 }],
  ["rev revs revolution revolutions turn turns rotation rotations", "1", { revolution: 1 }],
  ["rpm", "1/60", { revolution: 1, s: -1 }],
  ["beat beats", "1", { beat: 1 }],
  ["bpm", "1/60", { beat: 1, s: -1 }],
  ["mps", "1", SPEED],
  ["kilo kilos kgs", "1", MASS],
  ["kms", "1000", LENGTH],
  ["micron microns", "0.000001", LENGTH],
  ["stone stones", "6.35029318", MASS],
  ["kilotonne kilotonnes", "1000000", MASS],
  ["Mt megatonne megatonnes", "1000000000", MASS],
  ["Gt gigatonne gigatonnes", "1000000000000", MASS],
  ["cc", "0.000001", VOLUME],
  ["sqft", "0.09290304", AREA],
  ["sqm", "1", AREA],
  ["sqkm", "1000000", AREA],
  ["fortnight fortnights", "1209600", TIME],
  ["millennium millennia millenniums", "12000", MONTH],
  ["lbf", "4.4482216152605", FORCE],
  ["psi", "44482216152605/6451600000", PRESSURE],
  ["mmHg", "133.322387415", PRESSURE],
  ["torr Torr", "101325/760", PRESSURE],
  ["M molar", "1000", { mol: 1, m: -3 }],
  ["mM millimolar", "1", { mol: 1, m: -3 }],
  ["dozen dozens", "12", {}],
];

/**
 * Units with metric prefixes: symbol, full names, factor of the unit without prefix, dimensions.
 */
export const METRIC: readonly (readonly [
  symbol: string,
  names: string,
  factor: string,
  dimensions: Dimensions,
])[] = [
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
  ["mol", "mole moles", "1", { mol: 1 }],
  ["\u03a9", "ohm ohms", "1", { kg: 1, m: 2, s: -3, A: -2 }],
  ["F", "farad farads", "1", { kg: -1, m: -2, s: 4, A: 2 }],
  ["C", "coulomb coulombs", "1", { A: 1, s: 1 }],
  ["T", "tesla teslas", "1", { kg: 1, s: -2, A: -1 }],
  ["Wb", "weber webers", "1", { kg: 1, m: 2, s: -2, A: -1 }],
  ["H", "henry henrys henries", "1", { kg: 1, m: 2, s: -2, A: -2 }],
  ["S", "siemens", "1", { kg: -1, m: -2, s: 3, A: 2 }],
  ["cd", "candela candelas", "1", { cd: 1 }],
  ["lm", "lumen lumens", "1", { lumen: 1 }],
  ["lx", "lux", "1", { lumen: 1, m: -2 }],
  ["Bq", "becquerel becquerels", "1", { decay: 1, s: -1 }],
  ["Sv", "sievert sieverts", "1", { sievert: 1 }],
  ["Gy", "gray grays", "1", { gray: 1 }],
  ["eV", "electronvolt electronvolts electron-volt", "0.0000000000000000001602176634", ENERGY],
];

/**
 * Units of data: symbol, names, bits. They have the prefixes from kilo up. Kilo is 1000, and kibi
 * (`KiB`) is 1024.
 */
export const DATA: readonly (readonly [symbol: string, names: string, bits: number])[] = [
  ["B", "byte bytes", 8],
  ["b", "", 1],
  ["bit", "bit bits", 1],
];

/** Symbol and name of the binary prefixes, in order: 1024, 1024 squared and so on. */
export const BINARY: readonly (readonly [symbol: string, name: string])[] = [
  ["Ki", "kibi"],
  ["Mi", "mebi"],
  ["Gi", "gibi"],
  ["Ti", "tebi"],
  ["Pi", "pebi"],
];

export const PREFIXES: readonly (readonly [symbol: string, name: string, exponent: number])[] = [
  ["", "", 0],
  ["p", "pico", -12],
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
  ["P", "peta", 15],
];
