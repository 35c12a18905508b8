import { templateOf } from "../admission/question/masking.js";
import { dedupKey } from "../admission/repeats/asked-tasks.js";
import type { Candidate } from "../records/task.js";
import { answerKey, contentWords, words } from "../text/normalize.js";

/**
 * Share of questions that ask something new, compared with the earlier questions of the list (see
 * `dedupKey`); null for an empty list.
 */
export function distinctQuestionRatio(candidates: readonly Candidate[]): number | null {
  return ratio(new Set(candidates.map(dedupKey)).size, candidates.length);
}

/**
 * Number of distinct word n-grams divided by the number of all n-grams. The ratio falls when texts
 * repeat a template. Null without n-grams.
 */
export function distinctNgramRatio(texts: readonly string[], n = 3): number | null {
  const seen = new Set<string>();
  let total = 0;
  for (const text of texts) {
    const all = words(text);
    for (let start = 0; start + n <= all.length; start += 1) {
      seen.add(all.slice(start, start + n).join(" "));
      total += 1;
    }
  }
  return ratio(seen.size, total);
}

/**
 * Shannon entropy, in bits, of the frequencies of the keys; 0 when all keys are equal; null for an
 * empty list.
 */
export function entropyBits(keys: readonly string[]): number | null {
  if (keys.length === 0) return null;
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  let entropy = 0;
  for (const count of counts.values()) entropy += (count / keys.length) * Math.log2(keys.length / count);
  return entropy;
}

/** Entropy of the gold answers, in bits; null for an empty list. */
export function answerEntropyBits(candidates: readonly Candidate[]): number | null {
  return entropyBits(candidates.map((candidate) => answerKey(candidate.answer)));
}

/**
 * Entropy, in bits, of the questions without names. The entropy is 0 when every question asks for
 * the capital of some country, and high when questions ask for different things. A name is a
 * capitalized word after the first word, which holds for English. Null for an empty list.
 */
export function askedEntropyBits(questions: readonly string[]): number | null {
  return entropyBits(questions.map(askedKey));
}

/**
 * The content words of a question without names: what is asked, for any subject (see
 * `askedEntropyBits`).
 */
export function askedKey(question: string): string {
  const [first = "", ...rest] = question.split(/\s+/);
  const nameless = [first, ...rest.filter((word) => !/^\P{L}*\p{Lu}/u.test(word))];
  return contentWords(nameless.join(" ")).join(" ");
}

/**
 * Share of the most frequent template among the questions. In a template, subjects and numbers are
 * masked. The share is 1 when all questions are one phrase with different names. Null for an empty
 * list.
 */
export function templateShare(questions: readonly string[]): number | null {
  const counts = new Map<string, number>();
  for (const question of questions) {
    const template = words(templateOf(question, "")).join(" ");
    counts.set(template, (counts.get(template) ?? 0) + 1);
  }
  return ratio(Math.max(0, ...counts.values()), questions.length);
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
