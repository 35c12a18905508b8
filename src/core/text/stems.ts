/**
 * A plural as its singular, by spelling alone: `cities` is `city`, `boxes` is `box`, `Arabs` is
 * `Arab`; `gas` stays.
 */
export function singular(word: string): string {
  if (word.length < 4 || /(?:ss|us|is|as)$/.test(word)) return word;
  if (/[^aeiou]ies$/.test(word)) return `${word.slice(0, -3)}y`;
  if (/(?:x|ch|sh|ss|zz)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith("s") ? word.slice(0, -1) : word;
}

const LONG_ENDINGS =
  /(?:ations?|ences?|ances?|ments?|ities|ity|ially|ial|ional|ions?|ings|ians?|ents?|ants?|ers|er|ors|or|al|ly|ic|ive)$/;
const SHORT_ENDINGS = /(?:ing|ies|ied|ed|es|s|e|y)$/;

/**
 * What a word shares with its relatives, by spelling alone: `voting` and `vote`, `independence` and
 * `independent`. Coarse on purpose: it decides which of two lines a question is closer to, never
 * that two answers are equal.
 */
export function root(word: string): string {
  return once(once(word));
}

function once(word: string): string {
  const long = word.replace(LONG_ENDINGS, "");
  if (long !== word && long.length >= 4) return long;
  const short = word.replace(SHORT_ENDINGS, "");
  return short.length >= 3 ? short : word;
}
