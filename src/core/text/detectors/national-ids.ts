import { asWritten, definePatterns } from "../patterns.js";

const digitsOf = (text: string): number[] => [...text.replace(/\D/g, "")].map(Number);
const weighted = (digits: readonly number[], weights: readonly number[]): number =>
  weights.reduce((sum, weight, place) => sum + weight * (digits[place] ?? 0), 0);

/** Whether a month and a day exist. */
function isDay(month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/** Spain: the letter is the number modulo 23. */
function isSpanish(text: string): boolean {
  const number = text.replace(/[^\dA-Z]/g, "").replace(/^[XYZ]/, (letter) => String("XYZ".indexOf(letter)));
  return "TRWAGMYFPDXBNJZSQVHLCKE"[Number(number.slice(0, -1)) % 23] === number.slice(-1);
}

/** Values of the characters at odd places of an Italian code. */
const ITALIAN_ODD = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

/** Italy: the last letter is the sum of the values of the other characters modulo 26. */
function isItalian(text: string): boolean {
  const sum = [...text.slice(0, 15)].reduce((total, character, place) => {
    const value = /\d/.test(character) ? Number(character) : character.charCodeAt(0) - 65;
    return total + (place % 2 === 0 ? (ITALIAN_ODD[value] ?? 0) : value);
  }, 0);
  return sum % 26 === text.charCodeAt(15) - 65;
}

/** France: the last two digits are 97 minus the rest modulo 97. */
function isFrench(text: string): boolean {
  const plain = text.replace(/\D/g, "");
  const rest = [...plain.slice(0, 13)].reduce((total, digit) => (total * 10 + Number(digit)) % 97, 0);
  return 97 - rest === Number(plain.slice(13));
}

/** Brazil: two check digits modulo 11, and digits that are not all the same. */
function isBrazilian(text: string): boolean {
  const digits = digitsOf(text);
  if (new Set(digits).size < 2) return false;
  const check = (length: number) => {
    const sum = digits
      .slice(0, length)
      .reduce((total, digit, place) => total + digit * (length + 1 - place), 0);
    return ((10 * sum) % 11) % 10;
  };
  return check(9) === digits[9] && check(10) === digits[10];
}

/** China: a date, and a check character modulo 11. */
function isChinese(text: string): boolean {
  if (!isDay(Number(text.slice(10, 12)), Number(text.slice(12, 14)))) return false;
  const sum = weighted(
    [...text.slice(0, 17)].map(Number),
    [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2],
  );
  return "10X98765432"[sum % 11] === text.slice(17).toUpperCase();
}

/** Poland: a date, whose month also says the century, and a check digit. */
function isPolish(text: string): boolean {
  const digits = digitsOf(text);
  const [month, day] = [Number(text.slice(2, 4)) % 20, Number(text.slice(4, 6))];
  const sum = weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]);
  return isDay(month, day) && (10 - (sum % 10)) % 10 === digits[10];
}

/** Turkey: two check digits modulo 10. */
function isTurkish(text: string): boolean {
  const digits = digitsOf(text);
  const odd = weighted(digits, [1, 0, 1, 0, 1, 0, 1, 0, 1]);
  const even = weighted(digits, [0, 1, 0, 1, 0, 1, 0, 1]);
  const tenth = (((7 * odd - even) % 10) + 10) % 10;
  const sum = digits.slice(0, 10).reduce((total, digit) => total + digit, 0);
  return digits[9] === tenth && digits[10] === sum % 10;
}

/** Sweden: a date, and Luhn's check digit. */
function isSwedish(text: string): boolean {
  const digits = digitsOf(text).slice(-10);
  if (!isDay(Number(`${digits[2]}${digits[3]}`), Number(`${digits[4]}${digits[5]}`))) return false;
  const sum = digits.reduce((total, digit, place) => {
    const doubled = place % 2 === 0 ? 2 * digit : digit;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

/** Finland: a date, and the number modulo 31. */
function isFinnish(text: string): boolean {
  if (!isDay(Number(text.slice(2, 4)), Number(text.slice(0, 2)))) return false;
  const number = Number(text.slice(0, 6) + text.slice(7, 10));
  return "0123456789ABCDEFHJKLMNPRSTUVWXY"[number % 31] === text.slice(10);
}

/** Korea: a date. */
function isKorean(text: string): boolean {
  return isDay(Number(text.slice(2, 4)), Number(text.slice(4, 6)));
}

const AADHAAR_PRODUCT = [
  "0123456789",
  "1234067895",
  "2340178956",
  "3401289567",
  "4012395678",
  "5987604321",
  "6598710432",
  "7659821043",
  "8765932104",
  "9876543210",
];
const AADHAAR_PLACE = [
  "0123456789",
  "1576283094",
  "5803796142",
  "8916043527",
  "9453126870",
  "4286573901",
  "2793806415",
  "7046913258",
];

/** India: Verhoeff's check digit. Three years in a row are no number of a person. */
function isIndian(text: string): boolean {
  const digits = digitsOf(text).reverse();
  if (text.split(" ").every((group) => /^(?:19|20)\d\d$/.test(group))) return false;
  const rest = digits.reduce(
    (total, digit, place) => Number(AADHAAR_PRODUCT[total]?.[Number(AADHAAR_PLACE[place % 8]?.[digit])]),
    0,
  );
  return rest === 0;
}

/** The Netherlands: the weighted sum is a multiple of 11. */
function isDutch(text: string): boolean {
  return weighted(digitsOf(text), [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
}

/** Not part of a longer number, a version or an amount. */
const ALONE = "(?<![\\p{L}\\p{N}.,/+-]|[\\p{N}] )";
const END = "(?![\\p{L}\\p{N}]|[.,/-]\\d| \\d)";
const alone = (source: string): RegExp => new RegExp(`${ALONE}${source}${END}`, "u");

/**
 * Numbers that a state gives to a person, each with its check digits or its date, so that years,
 * versions and numbers of books pass. The example numbers belong to nobody: their issuers publish
 * them, or they are computed.
 */
export const NATIONAL_IDS = definePatterns(asWritten, [
  {
    name: "Spanish identity number",
    pattern: alone("(?:\\d{8}|[XYZ]-?\\d{7})-?[A-HJ-NP-TV-Z]"),
    confirm: isSpanish,
    matches: ["DNI 12345678Z", "Su NIE es X1234567L."],
    spares: ["DNI 12345678A", "The part 20240101X is new."],
  },
  {
    name: "Italian tax code",
    pattern: alone("[A-Z]{6}\\d{2}[A-EHLMPRST]\\d{2}[A-Z]\\d{3}[A-Z]"),
    confirm: isItalian,
    matches: ["Codice fiscale RSSMRA85T10A562S", "RSSMRA80A01H501U is a sample."],
    spares: ["RSSMRA85T10A562A", "The code RSSMRA85 is short."],
  },
  {
    name: "French social security number",
    pattern: alone("[12] ?\\d{2} ?(?:0[1-9]|1[0-2]) ?\\d{2} ?\\d{3} ?\\d{3} ?\\d{2}"),
    confirm: isFrench,
    matches: ["NIR 2 55 08 14 168 025 38", "255081416802538"],
    spares: ["NIR 2 55 08 14 168 025 39", "155081416802538 tons"],
  },
  {
    name: "Brazilian tax number",
    pattern: alone("\\d{3}\\.\\d{3}\\.\\d{3}-\\d{2}"),
    confirm: isBrazilian,
    matches: ["CPF 111.444.777-35", "O CPF 529.982.247-25 foi emitido."],
    spares: ["CPF 111.444.777-36", "The total of 111.111.111-11 is no number."],
  },
  {
    name: "Chinese identity number",
    pattern: alone("[1-9]\\d{5}(?:18|19|20)\\d{9}[\\dXx]"),
    confirm: isChinese,
    matches: ["11010519491231002X", "身份证 440524188001010014。"],
    spares: ["110105194912310021", "The product 123456201099310021 is listed."],
  },
  {
    name: "Polish identity number",
    pattern: alone("\\d{11}"),
    confirm: isPolish,
    matches: ["PESEL 44051401359", "His number is 02070803628."],
    spares: ["44051401358 grains", "The star has 44993401359 years."],
  },
  {
    name: "Turkish identity number",
    pattern: alone("[1-9]\\d{10}"),
    confirm: isTurkish,
    matches: ["TC 10000000146", "Kimlik 12345678950."],
    spares: ["12345678901 dollars", "About 10000000000 people."],
  },
  {
    name: "Swedish identity number",
    pattern: alone("(?:(?:19|20)\\d{2}|\\d{2})\\d{4}[-+]\\d{4}"),
    confirm: isSwedish,
    matches: ["Personnummer 811228-9874", "19670919-9530"],
    spares: ["811228-9875", "The room 998877-1234 is closed."],
  },
  {
    name: "Finnish identity code",
    pattern: alone("\\d{6}[-+A]\\d{3}[0-9A-FHJ-NPR-Y]"),
    confirm: isFinnish,
    matches: ["HETU 131052-308T", "Henkilötunnus 010594-9021."],
    spares: ["131052-308U", "The code 999952-308T is wrong."],
  },
  {
    name: "Korean resident number",
    pattern: alone("\\d{6}-[1-8]\\d{6}"),
    confirm: isKorean,
    matches: ["주민등록번호 900101-1234567", "His number is 851231-2345678."],
    spares: ["Order 999999-1234567", "The range 900101-9234567"],
  },
  {
    name: "Indian Aadhaar number",
    pattern: alone("[2-9]\\d{3} \\d{4} \\d{4}"),
    confirm: isIndian,
    matches: ["Aadhaar 2341 2341 2346", "Her number is 3675 9834 6016."],
    spares: ["Aadhaar 2341 2341 2347", "In 2010 2015 2020 it grew."],
  },
  {
    name: "British national insurance number",
    pattern: alone("[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\\d{2} ?\\d{2} ?\\d{2} ?[A-D]"),
    matches: ["NI number AB 12 34 56 C", "AB123456C"],
    spares: ["Flight AB 1234", "AB 12 34 56 X"],
  },
  {
    name: "Dutch citizen service number",
    pattern: /(?:BSN|[Bb]urgerservicenummer)\D{0,12}\d{9}(?!\d)/,
    confirm: isDutch,
    matches: ["BSN 111222333", "Burgerservicenummer: 123456782"],
    spares: ["BSN 111222334", "The number 111222333 is even."],
  },
]);
