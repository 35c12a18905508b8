import { fold, squeeze } from "../../text/normalize.js";
import { numbersIn } from "../../text/numbers.js";
import { type Check, PASSED, refused } from "../check.js";

const MEASURES =
  "(?:population|area|length|height|width|depth|distance|number|percentage|(?:median|average|mean|voting) age|life expectancy|elevation|birth rate|death rate)";

/** A question for a number. `how` with an adjective may be answered in words; these may not. */
const ASKS_NUMBER = new RegExp(
  `\\bhow (?:many|much|old|tall|long is|long was|large is|big is|high is|far)\\b|\\bat (?:what|which) age\\b|\\bwhat (?:number|percentage|percent|share|proportion|fraction) of\\b|` +
    `\\bwhat (?:is|was|are|were) (?:the )?(?:total |current |estimated )?${MEASURES} (?:of|in|for)\\b(?! (?:study|research|law|expertise|interest))`,
);
const ASKS_TIME =
  /(?:^|[,;:] )when (?:is|was|were|did|does|do|has|had|will)\b|\b(?:in|since|until|by|during) (?:what|which) (?:year|month|decade|century)\b|\b(?:what|which) year (?:is|was|were|did|does|do|has|had|will)\b|\bon (?:what|which) (?:date|day)\b/;
const ASKS_NAME =
  /(?:^|[,;:] )(?:who|whom|whose|where)\b|\b(?:in|from|to|by|of)? ?which (?:country|countries|city|cities|language|religion|currency|river|continent|region|sea|ocean|person|people|group|company|animal)\b|\bwhat (?:is|was|are|were) (?:the )?(?:[a-z]+ )?(?:capital|language|religion|currency|nationality|anthem|symbol|legal system|form of government|type of government|ethnic group)\b/;

const QUANTITY_WORD =
  /\b(?:one|none|no|zero|half|third|quarter|once|twice|double|triple|dozen|hundreds?|thousands?|millions?|billions?|all|most|few|several|many|unknown)\b/;
const TIME_WORD =
  /\b(?:january|february|march|april|may|june|july|august|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|spring|summer|autumn|winter|fall|century|centuries|decade|year|month|week|day|night|morning|evening|noon|midnight|today|yesterday|tomorrow|era|age|period|dynasty|war|revolution|reign|before|after|during|since|until|when|while|never|always|annually|daily|independence|antiquity)\b/;

/**
 * The answer is the sort of thing that the question's own words ask for: a quantity, a time, or a name. Decides only what the
 * wording leaves no doubt about; most questions ask for none of these and pass.
 */
export const checkAnswerKind: Check = ({ question, answer }) => {
  const asked = squeeze(fold(question));
  const given = squeeze(fold(answer));
  const numeric = /\d/.test(given) || numbersIn(given).length > 0;
  if (ASKS_NUMBER.test(asked)) {
    return numeric || QUANTITY_WORD.test(given)
      ? PASSED
      : refused("answer_kind", `The question asks for a number, and the answer is "${answer}".`);
  }
  if (ASKS_TIME.test(asked)) {
    return numeric || TIME_WORD.test(given)
      ? PASSED
      : refused("answer_kind", `The question asks for a time, and the answer is "${answer}".`);
  }
  const bare = numeric && !/\p{L}{2}/u.test(given.replace(UNITS, ""));
  return ASKS_NAME.test(asked) && (bare || isDate(given))
    ? refused("answer_kind", `The question asks for a name, and the answer is "${answer}".`)
    : PASSED;
};

const UNITS =
  /\b(?:sq|square|km|kilomet(?:er|re)s?|m|met(?:er|re)s?|mi|miles?|years?|months?|days?|hours?|million|billion|thousand|percent|kg|usd|dollars?|people)\b/g;

const MONTH = "(?:january|february|march|april|may|june|july|august|september|october|november|december)";
const DATE = new RegExp(`^(?:\\d{1,2} )?${MONTH} (?:\\d{1,2},? )?\\d{3,4}$`);

function isDate(text: string): boolean {
  return DATE.test(text);
}
