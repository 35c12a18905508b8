const FIRST =
  "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth".split(
    " ",
  );
const TENS: Readonly<Record<string, number>> = { twenty: 20, thirty: 30, forty: 40, fifty: 50 };
const WHOLE_TENS: Readonly<Record<string, number>> = {
  twentieth: 20,
  thirtieth: 30,
  fortieth: 40,
  fiftieth: 50,
};

/** The ending of an ordinal: `st` for 21, `th` for 11. */
export function ordinalEnding(number: number): string {
  const rest = number % 100;
  return rest >= 11 && rest <= 13 ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
}

/**
 * The ordinal that begins at a word (`third`, `twenty first`), as a number up to 59, and its number
 * of words. Null when no ordinal begins there.
 */
export function ordinalAt(words: readonly string[], at: number): { value: number; words: number } | null {
  const word = words[at] ?? "";
  const small = FIRST.indexOf(word);
  if (small >= 0) return { value: small + 1, words: 1 };
  if (Object.hasOwn(WHOLE_TENS, word)) return { value: WHOLE_TENS[word] as number, words: 1 };
  const unit = Object.hasOwn(TENS, word) ? FIRST.indexOf(words[at + 1] ?? "") : -1;
  return unit < 0 || unit > 8 ? null : { value: (TENS[word] as number) + unit + 1, words: 2 };
}
