import { fold } from "../normalise.js";

const PICKS =
  /\b(?:first|second|third|last|latest|earliest|newest|oldest|main|mainly|major|majority|primary|principal|chief|top|most|mostly|largest|biggest|greatest|highest|lowest|smallest|longest|shortest|best|leading|predominant|official|only|not|except|one of|example|name an?|besides|other than|apart from|in addition)\b/;

/** Whether the question's words pick one of several (`the largest`, `an example`): then an item of a list may be the only answer. */
export function picksOne(question: string): boolean {
  return PICKS.test(fold(question));
}
