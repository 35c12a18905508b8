/**
 * Currencies by code, with their signs and names. They are never converted. A dollar is a dollar of
 * the United States unless the text says another country.
 */
export const CURRENCIES: Readonly<Record<string, string>> = {
  USD: "USD $ US$ dollar dollars us-dollar",
  CAD: "CAD CA$ C$ canadian-dollar",
  AUD: "AUD AU$ A$ australian-dollar",
  NZD: "NZD NZ$",
  HKD: "HKD HK$",
  SGD: "SGD S$",
  EUR: "EUR \u20ac euro euros",
  GBP: "GBP \u00a3 sterling pound-sterling",
  JPY: "JPY \u00a5 yen",
  INR: "INR \u20b9 Rs rupee rupees",
  CHF: "CHF swiss-franc",
  CNY: "CNY yuan renminbi",
  KRW: "KRW \u20a9",
  RUB: "RUB \u20bd ruble rubles rouble roubles",
  TRY: "TRY \u20ba",
  ILS: "ILS \u20aa shekel shekels",
  NGN: "NGN \u20a6 naira",
  THB: "THB \u0e3f baht",
};

/** A hundredth of a currency, by code. A cent is a cent of a dollar of the United States. */
export const HUNDREDTHS: Readonly<Record<string, string>> = {
  USD: "cent cents \u00a2",
  GBP: "pence penny pennies",
};

/** A currency before a number, with the sign of the number: `$`, `-US$`, `EUR `. */
export const CURRENCY_BEFORE =
  /^(-?) ?((?:US|CA|C|AU|A|NZ|HK|S)?\$|[A-Z]{3} ?(?=[\d.])|Rs\.? ?(?=\d)|\p{Sc})/u;
