const EMAIL = /[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.)+\p{L}{2,24}(?![\p{L}\p{N}])/u;
/** Addresses that documentation uses because nobody owns them (RFC 2606). */
const EXAMPLE_HOST = /@(?:[\w-]+\.)*(?:example(?:\.(?:com|net|org))?|test|invalid|localhost)$/i;
/** With a country code and separators, or the North American form; a bare run of digits is a number, not a telephone. */
const PHONE =
  /(?<![\p{L}\p{N}.+-])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]\d{2,4}){2,4}|\(\d{3}\) ?\d{3}[ .-]\d{4}|\d{3}[.-]\d{3}[.-]\d{4})(?![\p{L}\p{N}]|[.-]\d)/u;
const SOCIAL_SECURITY = /(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])/;
const CARD = /(?<![\d.,-])\d(?:[ -]?\d){12,18}(?![.,]?\d|-)/g;
const ACCOUNT = /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b/;

/** What kind of personal data a text holds; null when none is found. The data itself is never repeated. */
export function findPersonalData(text: string): string | null {
  const email = EMAIL.exec(text);
  if (email !== null && !EXAMPLE_HOST.test(email[0])) return "e-mail address";
  if (SOCIAL_SECURITY.test(text)) return "social security number";
  if (PHONE.test(text)) return "telephone number";
  if ([...text.matchAll(CARD)].some(([digits]) => isCard(digits))) return "card number";
  const account = ACCOUNT.exec(text);
  return account !== null && isAccount(account[0]) ? "account number" : null;
}

/** Luhn's check digit, and digits that are not all one: long numbers in tables are not cards. */
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
