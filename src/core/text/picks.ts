import { fold } from "./normalize.js";

/** Words that pick one or several. */
const RANKS =
  /\b(?:main|mainly|major|primary|principal|chief|top|largest|biggest|greatest|highest|lowest|smallest|longest|shortest|best|leading|predominant)\b(?: [\p{L}\p{N}-]+){0,2} [\p{L}-]+(?:[^s\P{L}]s)\b/u;

const PICKS =
  /\b(?:first|second|third|last|latest|earliest|newest|oldest|main|mainly|major|majority|primary|principal|chief|top|most|mostly|largest|biggest|greatest|highest|lowest|smallest|longest|shortest|best|leading|predominant|official|only|not|except|one of|example|name an?|besides|other than|apart from|in addition)\b/;

/**
 * Whether the question's words pick one of several (`the largest city`, `an example`): then one item of a list may be the only answer.
 * A rank before a plural (`the main exports`) picks none.
 */
export function picksOne(question: string): boolean {
  const text = fold(question);
  return PICKS.test(text.replace(RANKS, ""));
}
