import { type CheckResult, defineCheck, PASSED, refused, shorten } from "../../checks/check.js";
import { squeeze, words } from "../../text/normalize.js";
import { asWritten, definePatterns, firstMatch, matchesAny } from "../../text/patterns.js";
import type { SearchableText } from "../../text/spans.js";
import type { ProposalInput } from "../input.js";

const AUX =
  "is|are|was|were|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must|isn't|wasn't|didn't|doesn't";
const WH = "what|which|who|whom|whose|when|where|why|how";

/**
 * The mark that ends a question or sentence, in the larger scripts; quotes and brackets may follow.
 */
const END_MARK = definePatterns(asWritten, [
  {
    name: "mark at the end",
    pattern: /[?!.:;。？！؟۔।॥՞፧…$_]["'”’»)\]}*]*$/u,
    matches: ["What is the capital of Chad?", "首都はどこですか。", 'Who wrote "Who goes there?"'],
    spares: ["What is the capital of", 'Who sang "Hello"'],
  },
]);

/** What looks like an end mark and ends nothing: an initial, a title, three dots. */
const NO_END = definePatterns(asWritten, [
  {
    name: "initial, title or dots at the end",
    pattern: /(?:^|\s)(?:\p{Lu}|Mr|Mrs|Ms|Dr|St|vs|Prof)\.$|(?:\.\.|…)["'”’»]*$/u,
    matches: ["When did Tesla meet Alfred S.", "What is the name of the ..."],
    spares: ["Who led the U.S.?", "Name the capital of Chad."],
  },
]);

/** A question or sentence in a script with capitals begins with one. */
const BEGINS_AS_SENTENCE = definePatterns(asWritten, [
  {
    name: "capital at the beginning",
    pattern: /^["'“‘«(¿¡]*\p{Lu}/u,
    matches: ["What is the capital of Chad", "¿Cuál es la capital"],
    spares: ["what is the capital of chad", "東京はどこですか"],
  },
]);

/** Forms that people write without a mark at the end. */
const UNMARKED = definePatterns(asWritten, [
  {
    name: "request",
    pattern:
      /^(?:Please )?(?:[Nn]ame|[Gg]ive|[Ss]tate|[Ll]ist|[Ii]dentify|[Cc]alculate|[Cc]ompute|[Ff]ind|[Ss]olve|[Ee]valuate|[Ss]implify|[Cc]omplete|[Dd]etermine|[Cc]onvert|[Dd]efine|[Tt]ranslate|[Ff]actor|[Dd]ifferentiate|[Ii]ntegrate|[Pp]rove|[Ww]rite) /,
    matches: ["Name the capital of Chad", "Calculate the area of a circle of radius 2"],
    spares: ["Names of rivers end", "What is the capital of Chad"],
  },
  {
    name: "formula at the end",
    pattern: /(?:[=+*/^×÷·<>≤≥]|\s[-−])\s*[\p{L}\d().]{1,20}$/u,
    matches: ["What is 7 + 5", "Which x solves 2x = 6"],
    spares: ["Who won in 1990", "What is the twenty-first"],
  },
]);

/** Endings after which something must follow, also before a question mark. */
const OPEN_END = definePatterns(
  // The last words decide; a long text costs no more than a short one.
  (text) =>
    squeeze(text)
      .replace(/[\s?.!…,;:]+$/u, "")
      .slice(-80),
  [
    {
      name: "article or conjunction",
      pattern:
        /(?:^|\s)(?:[Tt]he|an?|and|or|but|nor|because|whether|if|my|your|its|their|our|every|whose|[Ww]hat is the name of|[Ww]hat was the name of)$/,
      matches: ["What is the name of the?", "Who ruled Chad and"],
      spares: ["Who discovered vitamin A?", "What is the capital of Chad?"],
    },
    {
      name: "question word and verb only",
      pattern: new RegExp(
        `^(?:(?:in|on|at|by|of|for|from|to|with) )?(?:${WH})(?: (?:${AUX}))?(?: (?:the|a|an))?$`,
        "i",
      ),
      matches: ["When was?", "Who", "In which is the"],
      spares: ["Who won?", "When was Chad founded?"],
    },
    {
      name: "helping verb and name only",
      pattern: /^(?:[\p{L}]+ ){1,4}(?:do|does|did)(?: the)?(?: (?:\p{Lu}[\p{L}\p{N}.'’-]*|\d+)){1,4}$/u,
      matches: ["When did Chad?", "What does the United Nations"],
      spares: ["When did Chad vote?", "What does Chad export?"],
    },
  ],
);

/** Endings after which something must follow where no mark says that the question ends. */
const OPEN_END_UNMARKED = definePatterns(OPEN_END.prepare, [
  {
    name: "helping verb or preposition",
    pattern:
      /\s(?:is|are|was|were|did|does|has|had|can|could|will|would|shall|should|may|might|must|been|being|than|this|these|those|very|into|during|between|among|per)$/i,
    matches: ["how many people did", "which river flows between"],
    spares: ["what is a wedding ring made of", "how many islands does it have"],
  },
  {
    name: "name of nothing",
    pattern: /^(?:what|who) (?:is|was|are|were) the [^?]{0,40} of$/i,
    matches: ["what is the capital of", "who was the first president of"],
    spares: ["what is paris the capital of", "what is a wedding ring made of"],
  },
]);

/** What follows a stem in the same word family; `film` before `films` is a word of its own. */
const INFLECTION =
  /^(?:'?s|es|ed|d|r|er|ers|ing|ings|ly|al|ally|ity|ness|n|an|ian|ic|ist|ists|ism|or|ors|y|ies|ment|ments|ful|less|ation|ations|ion|ions|able|ive|age|ship|hood|like|man|men|ward|wards|th|st|en|ous|ary|ance|ence|ant|ent|work|works|time|times|land|board|side|line|room|house|day|place)$/;

/**
 * A question that stops before its end: the Challenger was cut off, or lost its thread. Three signs
 * are used. It begins like a sentence and has no mark at its end. Its last word needs another word
 * behind it. Its last word is only the beginning of a word of the document.
 */
export const incomplete = defineCheck({
  setting: "incomplete",
  codes: { question_incomplete: "question stops before its end" },
  stage: "checks",
  describe:
    "The question must be whole: with a mark at its end when it begins with a capital letter, and without an end like `of the` or a part of a word.",
  paper: "not checked",
  demo: "refuse",
  cost: "regular expressions, and one search in the document",
  patterns: [END_MARK, NO_END, BEGINS_AS_SENTENCE, UNMARKED, OPEN_END, OPEN_END_UNMARKED],
  run: ({ candidate: { question, answerType }, text }: Pick<ProposalInput, "candidate" | "text">) =>
    checkIncomplete(squeeze(question), answerType === "mcq", text.search),
});

function checkIncomplete(
  question: string,
  hasOptions: boolean,
  document: SearchableText,
): CheckResult<"question_incomplete"> {
  const stops = (why: string) =>
    refused("question_incomplete", `The question stops before its end (${why}): "${shorten(question)}".`);
  // With options, a sentence may stop where an option goes on: `The capital of Chad is`.
  if (hasOptions && !ASKS.test(question)) return PASSED;
  const open = firstMatch(OPEN_END, OPEN_END.prepare(question));
  const marked = matchesAny(END_MARK, question) && !matchesAny(NO_END, question);
  // A statement in lower case is a sentence to complete: `the capital of chad is the`.
  const completes = !ASKS.test(question) && !matchesAny(BEGINS_AS_SENTENCE, question);
  if (open !== null && (marked || !completes)) return stops(open.name);
  if (!marked) {
    const request = matchesAny(UNMARKED, question);
    if (!request && matchesAny(BEGINS_AS_SENTENCE, question)) return stops("no mark at its end");
    const unfinished =
      ASKS.test(question) && firstMatch(OPEN_END_UNMARKED, OPEN_END_UNMARKED.prepare(question));
    if (unfinished) return stops(unfinished.name);
  }
  const part = partOfWord(question, document);
  return part === null ? PASSED : stops(`"${part.part}" is the beginning of "${part.whole}"`);
}

/** Begins with a question word or a helping verb, behind at most a preposition. */
const ASKS = new RegExp(`^(?:(?:in|on|at|by|of|for|from|to|with|under|during) )?(?:${WH}|${AUX})\\b`, "i");

/** Fewest letters that are missing: an ending of one or two letters is often another form. */
const MIN_MISSING = 3;
/** Longer pieces are words of their own more often than not. */
const LONGEST_PART = 6;

/**
 * The last word of the question, when it is no word of the document and the document has a word
 * that begins with it and goes on with more than an ending. Null otherwise.
 */
function partOfWord(
  question: string,
  { folded }: SearchableText,
): { readonly part: string; readonly whole: string } | null {
  const part = words(question.slice(-40)).at(-1) ?? "";
  if (part.length < 2 || part.length > LONGEST_PART || !/^[\p{Ll}]+$/u.test(part)) return null;
  let whole: string | null = null;
  for (const { 0: word } of folded.matchAll(new RegExp(`(?<![\\p{L}\\p{M}\\p{N}])${part}\\p{L}*`, "gu"))) {
    // `drop` in `dropped`: the last letter is doubled.
    const rest = word.slice(part.length).replace(new RegExp(`^${part.slice(-1)}(?=ed|ing|er)`, "u"), "");
    if (rest.length < MIN_MISSING || INFLECTION.test(rest)) return null;
    whole ??= word;
  }
  return whole === null || COMMON.has(part) ? null : { part, whole };
}

/** Short words that end questions and begin longer words. */
const COMMON: ReadonlySet<string> = new Set(
  (
    "to in on at by for from with of as it be do go so no we he me us up out off over about after all any are art back ball band " +
    "base be bed body book born boy but call can car cat child church city class code come cost country cup cut data day deal dog " +
    "down eat end even ever eye fact fall far fat film fire fish food foot force form free full game gas gene get girl god gold good " +
    "group gun hall hand head heat held help her here high him his home host hour how human idea ill iron job just king know land " +
    "last law lead left less let life light like line list live long look lose loss low made main make male man many map mark mass " +
    "may mean meet men met mile mind mine more most move name need net new next not note now off oil old one only open out own paid " +
    "paint part party past pay peak per person place plan plant play point port post power press put race rain rate read red rest " +
    "rice ring rise road rock role room rule run sale salt same say school sea seat see sell set sex ship show side sign sin sit site " +
    "six size snow social soil some son song sport star start state stay step still stop store sun take talk tax team ten term test " +
    "text that the them then there they thing this three tie time title too top town trade train tree trip true turn two type under " +
    "unit use view vote wage war was wash watch water way week west wet what when where who why wife will win wind wine with woman " +
    "women wood word work world year yes yet you young zoo key lab bus bar bit box ice era ear arm age aid air act add ask bad ban"
  ).split(" "),
);
