import { asWritten, definePatterns, firstMatch } from "../patterns.js";
import { NATIONAL_IDS } from "./national-ids.js";

/** Addresses that documentation uses because nobody owns them (RFC 2606). */
const EXAMPLE_HOST = /@(?:[\w-]+\.)*(?:example(?:\.(?:com|net|org))?|test|invalid|localhost)$/i;

/** Kinds of personal data, in the order in which they are looked for. */
export const PERSONAL_DATA = definePatterns(asWritten, [
  {
    name: "e-mail address",
    pattern: /[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.)+\p{L}{2,24}(?![\p{L}\p{N}])/u,
    confirm: (found) => !EXAMPLE_HOST.test(found),
    matches: [
      "Write to jean@ministere.td for it.",
      "Contact: amina.haddad+press@mail.ministere.td",
      "Not to jean@example.org but to jean@ministere.td.",
    ],
    spares: ["Write to jean@example.org for it.", "The handle @chad has many followers, 3.5 @ 100."],
  },
  {
    name: "social security number",
    pattern: /(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])/,
    matches: ["His number is 219-09-9999.", "SSN: 078-05-1120"],
    spares: ["Form 900-12-3456 is not a number of a person.", "ISBN 978-3-16-148410-0 is a book."],
  },
  {
    name: "telephone number",
    // With a country code, behind a word for telephone, or in the North American form. A bare run
    // of digits is a number.
    pattern:
      /(?<![\p{L}\p{N}.+-])(?:(?:\+|00(?=[1-9]\d?\d?[ /-]))\d{1,3}(?:[ ./-]?\(?\d{1,12}\)?){1,7}|\(\d{3}\) ?\d{3}[ .-]\d{4}|(?:1[ .-])?\d{3}[.-]\d{3}[.-]\d{4})(?![\p{L}\p{N}]|[.-]\d)|(?<!\p{L})(?:tel(?:ephone|efon|éfono|efone|efono)?|t[ée]l(?:[ée]phone)?|phone|mobile|cell|handy|mobil|fax|whatsapp|телефон|тел|电话|電話|전화|هاتف|फोन)(?: (?:no|number|nummer|numero)\b)?\.?[ ]?[:：]?[ ]?\(?\d[\d ()./-]{5,18}\d/iu,
    confirm: isTelephone,
    matches: [
      "Call +235 22 51 40 68 today.",
      "The office has (202) 555-0147 as its number.",
      "+49 30 1234567",
      "+4930123456789",
      "Tel. 030 / 123 45 67",
      "Phone: 555 0147",
      "Call 1-800-555-0199 for free.",
      "0049 30 1234567",
    ],
    spares: [
      "Population 13,670,084 in 2010-2015, area 1,284,000.",
      "The part has the number 5550147 and weighs 3.5 kg.",
      "The number grew by +12 500 000 in 2010, to +3.5 %.",
      "ISBN 978-3-16-148410-0, version 10.2.33.4, 1914-1918.",
    ],
  },
  {
    name: "card number",
    pattern: /(?<![\d.,-])\d(?:[ -]?\d){12,18}(?![.,]?\d|-)/,
    confirm: isCard,
    matches: ["Card 4111 1111 1111 1111.", "Serial 1234 5678 9012 3456, card 5555-5555-5555-4444."],
    spares: ["Serial 1234 5678 9012 3456.", "The total was 4111 1111 1111 1112 in all."],
  },
  {
    name: "account number",
    pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b/,
    confirm: isAccount,
    matches: [
      "Pay to GB82 WEST 1234 5698 7654 32.",
      "The account DE89370400440532013000 is closed.",
      "The aircraft AB12 CDEF 3456 7890, the account DE89370400440532013000.",
    ],
    spares: ["Pay to GB83 WEST 1234 5698 7654 32.", "The aircraft AB12 CDEF 3456 7890 landed."],
  },
]);

/**
 * What kind of personal data a text holds; null when none is found. The data itself is never
 * repeated.
 */
export function findPersonalData(text: string): string | null {
  return (firstMatch(PERSONAL_DATA, text) ?? firstMatch(NATIONAL_IDS, text))?.name ?? null;
}

/**
 * Country code and number have 9 to 15 digits; a spaced amount (`+12 500 000`) has groups of three.
 */
function isTelephone(text: string): boolean {
  const digits = text.replace(/\D/g, "");
  if (!/^(?:\+|00)/.test(text)) return digits.length >= 7 && digits.length <= 15;
  if (/^\+\d{1,3}(?: \d{3})+$/.test(text) && digits.length < 11) return false;
  return digits.length >= 9 && digits.length <= 17;
}

/** Luhn's check digit, first digits that issuers use, and digits that are not all the same. */
function isCard(text: string): boolean {
  const digits = [...text.replace(/\D/g, "")].map(Number);
  if (new Set(digits).size < 2 || ![3, 4, 5, 6].includes(digits[0] ?? 0)) return false;
  const total = digits.reverse().reduce((sum, digit, place) => {
    const doubled = place % 2 === 1 ? 2 * digit : digit;
    return sum + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return total % 10 === 0;
}

/** The check digits of an IBAN (ISO 13616): the rearranged number is 1 modulo 97. */
function isAccount(text: string): boolean {
  const plain = text.replaceAll(" ", "");
  if (plain.length < 15 || plain.length > 34) return false;
  const rearranged = plain.slice(4) + plain.slice(0, 4);
  let rest = 0;
  for (const character of rearranged) {
    const value = Number.parseInt(character, 36);
    rest = (value > 9 ? rest * 100 + value : rest * 10 + value) % 97;
  }
  return rest === 1;
}
