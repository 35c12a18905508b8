import { defineCheck, PASSED, refused } from "../../checks/check.js";
import { fold, squeeze } from "../../text/normalize.js";
import { numbersIn } from "../../text/numbers.js";
import { anyWord, definePatterns, matchesAny } from "../../text/patterns.js";
import type { CandidateInput } from "../input.js";

const plain = (text: string): string => squeeze(fold(text));

const MEASURES =
  "(?:population|area|length|height|width|depth|distance|number|percentage|(?:median|average|mean|voting) age|life expectancy|elevation|birth rate|death rate)";
/** Things that have names. Their number is never the answer to a question for the things. */
const THINGS =
  "(?:airports|ports|partners|products|crops|industries|rivers|mountains|islands|lakes|regions|provinces|states|towns|villages|resources|minerals|parties|leaders|ministers|groups|tribes|exports|imports|commodities)";
const WAS = "(?:is|was|were|did|does|do|has|had|will)";

/** A question for a number. `how` with other adjectives may be answered in words; these may not. */
const ASKS_NUMBER = definePatterns(plain, [
  {
    name: "how many",
    pattern: /\bhow (?:many|much|old|tall|long is|long was|large is|big is|high is|far)\b/,
    matches: ["How many airports does Chad have?", "How large is the area of Chad?"],
    spares: ["How does Chad trade?", "How long do elephants carry their young?"],
  },
  {
    name: "at what age",
    pattern: /\bat (?:what|which) age\b/,
    matches: ["At what age can people vote in Chad?", "Children leave school at which age?"],
    spares: ["In which age did the dinosaurs live?", "Which age followed the Bronze Age?"],
  },
  {
    name: "what number of",
    pattern: /\bwhat (?:number|percentage|percent|share|proportion|fraction) of\b/,
    matches: ["What percentage of the people can read?", "What share of the land is desert?"],
    spares: ["What kind of government does Chad have?", "Which share was sold in 1999?"],
  },
  {
    name: "what is the population of",
    pattern: new RegExp(
      `\\bwhat (?:is|was|are|were) (?:the )?(?:total |current |estimated )?${MEASURES} (?:of|in|for)\\b(?! (?:study|research|law|expertise|interest))`,
    ),
    matches: ["What is the population of Chad?", "What was the median age in Chad?"],
    spares: ["What is the area of study of a botanist?", "What is the capital of Chad?"],
  },
  {
    name: "which number completes",
    pattern: /\bwhich (?:number|percentage|quantity) completes\b/,
    matches: ['Which number completes "Chad has ___ provinces."?', "Which quantity completes a set?"],
    spares: ['Which name completes "Chad borders ___."?', "Which number is on the flag?"],
  },
]);

/** A question for a time. */
const ASKS_TIME = definePatterns(plain, [
  {
    name: "when did",
    pattern: new RegExp(`(?:^|[,;:] )when ${WAS}\\b`),
    matches: ["When did Chad become independent?", "In Chad, when does the rain begin?"],
    spares: ["When Curie moved to Paris, which subject did she study?", "What happens when water boils?"],
  },
  {
    name: "in what year",
    pattern: /\b(?:in|since|until|by|during) (?:what|which) (?:year|month|decade|century)\b/,
    matches: ["In what year did Chad become independent?", "Until which century did the empire last?"],
    spares: ["In what city is the parliament of Chad?", "Which century plant blooms once?"],
  },
  {
    name: "which year was",
    pattern: new RegExp(`\\b(?:what|which) year ${WAS}\\b`),
    matches: ["Which year did the war end?", "What year was N'Djamena founded?"],
    spares: ["Which year plan did the government follow?", "What was the best year of the team?"],
  },
  {
    name: "on what date",
    pattern: /\bon (?:what|which) (?:date|day)\b/,
    matches: ["On what date did Chad become independent?", "On which day is the market held?"],
    spares: ["On what river does Sarh lie?", "Which date palm grows in Chad?"],
  },
  {
    name: "which year completes",
    pattern: /\bwhich (?:year|date|month and year) completes\b/,
    matches: ['Which year completes "Chad became independent in ___."?', "Which date completes a list?"],
    spares: ['Which name completes "Chad borders ___."?', "Which year plan completes a list?"],
  },
]);

/** A question for a name. */
const ASKS_NAME = definePatterns(plain, [
  {
    name: "who or where",
    pattern: /(?:^|[,;:] )(?:who|whom|whose|where)\b/,
    matches: ["Who led Chad?", "In 1990, who became president of Chad?"],
    spares: ["Which people who live in Chad speak Sara?", "How many people live where it never rains?"],
  },
  {
    name: "which country",
    pattern:
      /\b(?:in|from|to|by|of)? ?(?:which|what) (?:country|countries|city|cities|language|religion|currency|river|continent|region|sea|ocean|person|people|group|company|animal)\b/,
    matches: ["Which country borders Chad?", "In which city is the parliament of Chad?"],
    spares: ["Which highway leads to Sarh?", "Which year did the war end?"],
  },
  {
    name: "what is the capital",
    pattern:
      /\bwhat (?:is|was|are|were) (?:the )?(?:[a-z]+ )?(?:capital|language|religion|currency|nationality|anthem|symbol|legal system|form of government|type of government|ethnic group)\b/,
    matches: ["What is the capital of Chad?", "What is the official language of Mali?"],
    spares: ["What is the highest mountain of Chad?", "What is the population of the capital?"],
  },
  {
    name: "what is it called",
    pattern:
      /\bwhat (?:is|are|was|were) [^?]{1,80} (?:called|named|known as)(?: (?:in|by|today|now)\b[^?]{0,80})?\W*$/,
    matches: ["What are people from Oman called?", "What is the highest peak of Chad named?"],
    spares: ["What is the number of people who called for help?", "What is a called strike?"],
  },
  {
    name: "which things",
    pattern: new RegExp(`\\b(?:which|what are the)(?: [a-z]+){0,2} ${THINGS}\\b`),
    matches: ["Which airports in Brazil are popular?", "What are the top import partners of Chad?"],
    spares: ["How many airports does Chad have?", "What is the total of all airports?"],
  },
  {
    name: "which name completes",
    pattern: /\bwhich name completes\b/,
    matches: ['Which name completes "Chad borders ___."?', "Which name completes a list?"],
    spares: ['Which year completes "Chad became independent in ___."?', "Which named river is longest?"],
  },
]);

/** Words that answer a question for a number. */
const QUANTITIES = definePatterns(plain, [
  {
    name: "quantity in words",
    pattern: anyWord(
      "one none no zero free nothing half third quarter once twice double triple dozen hundreds? thousands? millions? billions? all most few several many unknown",
    ),
    matches: ["about half of them", "none", "several thousands"],
    spares: ["French", "by road"],
  },
]);

/** Words that answer a question for a time. */
const TIMES = definePatterns(plain, [
  {
    name: "month",
    pattern: anyWord("january february march april may june july august september october november december"),
    matches: ["after the harvest in May", "August"],
    spares: ["Marching bands", "the mayor"],
  },
  {
    name: "day of the week",
    pattern: anyWord("monday tuesday wednesday thursday friday saturday sunday"),
    matches: ["every Friday", "on a Sunday"],
    spares: ["weekends", "Good weather"],
  },
  {
    name: "season",
    pattern: anyWord("spring summer autumn winter fall"),
    matches: ["in late summer", "Winter"],
    spares: ["the falls of the Nile", "springs of hot water"],
  },
  {
    name: "span of time",
    pattern: anyWord("century centuries decade year month week day era age period dynasty reign"),
    matches: ["in the last century", "the Ming dynasty"],
    spares: ["Ming vases", "the region of Sarh"],
  },
  {
    name: "time of day",
    pattern: anyWord("night morning evening noon midnight today yesterday tomorrow"),
    matches: ["at midnight", "this morning"],
    spares: ["mornings are cold", "the knight"],
  },
  {
    name: "relation to an event",
    pattern: anyWord(
      "before after during since until when while never always annually daily war revolution independence antiquity",
    ),
    matches: ["after the flood", "during the revolution"],
    spares: ["in the north", "warm water"],
  },
]);

/** What may stand beside the number in an answer that is a bare amount. */
const UNITS =
  /\b(?:sq|square|km|kilomet(?:er|re)s?|m|met(?:er|re)s?|mi|miles?|years?|months?|days?|hours?|million|billion|thousand|percent|kg|usd|dollars?|people)\b/g;

const AMOUNT_UNITS = definePatterns(plain, [
  {
    name: "unit",
    pattern: UNITS,
    matches: ["1,284,000 sq km", "17 years"],
    spares: ["National Road 5", "Resolution 242"],
  },
]);

const MONTH = "(?:january|february|march|april|may|june|july|august|september|october|november|december)";

/** An answer that is a date and nothing else. */
const DATES = definePatterns(plain, [
  {
    name: "date",
    pattern: new RegExp(`^(?:\\d{1,2} )?${MONTH} (?:\\d{1,2},? )?\\d{3,4}$`),
    matches: ["11 August 1960", "August 11, 1960"],
    spares: ["the treaty of 11 August 1960", "1960"],
  },
]);

/**
 * Decides only what the wording leaves no doubt about: a quantity, a time or a name. Most questions
 * ask for none of these and pass.
 */
export const answerKind = defineCheck({
  setting: "answerKind",
  codes: { answer_kind: "answer is not what was asked for" },
  stage: "checks",
  describe:
    "When the words of the question ask for a number, a time or a name, the answer must be of that kind.",
  demo: "refuse",
  cost: "regular expressions",
  patterns: [ASKS_NUMBER, ASKS_TIME, ASKS_NAME, QUANTITIES, TIMES, AMOUNT_UNITS, DATES],
  run: ({ candidate: { question, answer } }: CandidateInput) => {
    const asked = plain(question);
    const given = plain(answer);
    const numeric = /\d/.test(given) || numbersIn(given).length > 0;
    const another = (what: string) =>
      refused("answer_kind", `The question asks for a ${what}, and the answer is "${answer}".`);
    if (matchesAny(ASKS_NUMBER, asked))
      return numeric || matchesAny(QUANTITIES, given) ? PASSED : another("number");
    if (matchesAny(ASKS_TIME, asked)) return numeric || matchesAny(TIMES, given) ? PASSED : another("time");
    const bare = numeric && !/\p{L}{2}/u.test(given.replace(UNITS, ""));
    return matchesAny(ASKS_NAME, asked) && (bare || matchesAny(DATES, given)) ? another("name") : PASSED;
  },
});
