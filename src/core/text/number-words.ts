const SMALL =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");

/**
 * A whole number from 0 to 100 written in English words (`seven`, `twenty-one`, `one hundred`);
 * null for anything else.
 */
export function numberFromWords(text: string): number | null {
  const plain = text
    .toLowerCase()
    .replace(/[\s-]+/g, " ")
    .trim();
  if (plain === "hundred" || plain === "one hundred" || plain === "a hundred") return 100;
  const small = SMALL.indexOf(plain);
  if (small >= 0) return small;
  const [first = "", second, ...rest] = plain.split(" ");
  const tens = TENS.indexOf(first);
  if (tens < 0 || rest.length > 0) return null;
  if (second === undefined) return 10 * (tens + 2);
  const unit = SMALL.indexOf(second);
  return unit >= 1 && unit <= 9 ? 10 * (tens + 2) + unit : null;
}

/** Scale words behind a number, as powers of ten. */
export const SCALES: Readonly<Record<string, number>> = {
  hundred: 2,
  thousand: 3,
  million: 6,
  billion: 9,
  trillion: 12,
};
