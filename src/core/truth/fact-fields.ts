import { words } from "../text/normalize.js";

/** A field of structured facts: how to recognize a question about it, and how to ask about it. */
export interface FactField {
  /** Values of `Fact.field` that mean this field. They are compared by their words. */
  readonly names: readonly string[];
  /** Matches a folded question, without its subject, that asks for this field. */
  readonly asks: RegExp;
  /** Question templates for the warm start; `{s}` is the subject. */
  readonly questions: readonly string[];
  /** True when the fact has several answers. Each answer, and all answers together, are right. */
  readonly list?: true;
}

/**
 * Fields of country profiles, the most specific question first, because the first match decides
 * ("export partner" before "exports"). The table does not depend on any model. It is the reference
 * for gold answers, so a change of the table changes the reported accuracy.
 */
export const FACT_FIELDS: readonly FactField[] = [
  {
    names: ["Top import partner", "Imports - partners"],
    asks: /\bimport(?:s|ed|er|ers|ing)?\b/,
    questions: ["What is the top import partner of {s}?", "Which country is the top import partner of {s}?"],
  },
  {
    names: ["Top export partner", "Exports - partners"],
    asks: /export.*(?:partner|buy|destination|market|\bgo\b|countr)|(?:partner|buyer|destination).*export|buys/,
    questions: ["What is the top export partner of {s}?", "Which country is the top export partner of {s}?"],
  },
  {
    names: ["Exports", "Exports - commodities"],
    asks: /export/,
    questions: ["What are the main exports of {s}?", "What does {s} export?"],
    list: true,
  },
  {
    names: ["Independent from"],
    // A question for a date may name the former ruler too.
    asks: /^(?!.*\b(?:when|year|date|day)\b).*(?:independen.*\bfrom\b|from (?:which|what|whom).*independen|\bruled?\b|coloni)/,
    questions: [
      "From which country did {s} gain independence?",
      "Which country did {s} become independent from?",
    ],
  },
  {
    names: ["Independence"],
    asks: /independen/,
    questions: ["When did {s} become independent?", "When did {s} gain independence?"],
  },
  {
    names: ["National anthem"],
    asks: /anthem/,
    questions: ["What is the national anthem of {s}?", "What is {s}'s national anthem called?"],
  },
  {
    names: ["National symbol", "National symbol(s)"],
    asks: /symbol|animal/,
    questions: ["What is the national symbol of {s}?", "Which national symbol represents {s}?"],
  },
  {
    names: ["National holiday"],
    asks: /holiday|celebrat/,
    questions: ["What is the national holiday of {s}?", "Which national holiday is celebrated in {s}?"],
  },
  {
    names: ["Voting age", "Suffrage"],
    asks: /\bvot|suffrage/,
    questions: ["What is the voting age in {s}?", "At what age can people vote in {s}?"],
  },
  {
    names: ["Legal system"],
    asks: /\blegal|\blaws?\b/,
    questions: ["What legal system does {s} have?", "What is the legal system of {s}?"],
  },
  {
    names: ["Government", "Government type"],
    asks: /government|political system/,
    questions: ["What type of government does {s} have?", "What is the form of government of {s}?"],
  },
  {
    names: ["Capital"],
    asks: /capital/,
    questions: ["What is the capital of {s}?", "Which city is the capital of {s}?"],
  },
  {
    names: ["Internet code", "Internet country code"],
    asks: /internet|domain/,
    questions: ["What is the internet code of {s}?", "Which internet country code does {s} use?"],
  },
  {
    names: ["Currency"],
    asks: /currency|money/,
    questions: ["What is the currency of {s}?", "Which currency is used in {s}?"],
  },
  {
    names: ["Farm products", "Agriculture - products"],
    asks: /\bfarm|agricultur|\bcrops?\b|\bgrow/,
    questions: ["What are the main farm products of {s}?", "Which farm products does {s} grow?"],
    list: true,
  },
  {
    names: ["Industries"],
    asks: /industr/,
    questions: ["What are the main industries of {s}?", "Which industries does {s} have?"],
    list: true,
  },
  {
    names: ["Income per person", "GDP - per capita (PPP)"],
    asks: /income|\bgdp\b|\bearn/,
    questions: ["What is the income per person in {s}?", "How much is the income per person in {s}?"],
  },
  {
    names: ["Airports"],
    asks: /airport/,
    questions: ["How many airports does {s} have?", "What is the number of airports in {s}?"],
  },
  {
    names: ["Main port", "Ports and terminals"],
    asks: /\bports?\b|seaport|harbou?r/,
    questions: ["What is the main port of {s}?", "Which port is the main port of {s}?"],
  },
  {
    names: ["Nationality"],
    asks: /nationality|^(?!.*(?:life expect|\blive\b|\bold\b|\bage\b)).*(?:people (?:from|of)|citizen)/,
    questions: ["What is the nationality of people from {s}?", "What are people from {s} called?"],
  },
  {
    names: ["Population"],
    asks: /population|how many (?:people|inhabitants)|number of people/,
    questions: ["What is the population of {s}?", "How many people live in {s}?"],
  },
  {
    names: ["Main language", "Languages"],
    asks: /language|\bspeak|spoken/,
    questions: [
      "What is the main language of {s}?",
      "Which language is mainly spoken in {s}?",
      "What language do people speak in {s}?",
    ],
  },
  {
    names: ["Main religion", "Religions"],
    asks: /religion|\bfaith/,
    questions: ["What is the main religion in {s}?", "Which religion is the largest in {s}?"],
  },
  {
    names: ["Largest ethnic group", "Ethnic groups"],
    asks: /ethnic/,
    questions: ["What is the largest ethnic group in {s}?", "Which ethnic group is the largest in {s}?"],
  },
  {
    names: ["Largest city", "Major urban areas - population"],
    asks: /\bcity\b|\bcities\b/,
    questions: ["What is the largest city in {s}?", "Which city is the largest in {s}?"],
  },
  {
    names: ["Median age"],
    asks: /^(?!.*life expect).*(?:\bmedian\b|average age)/,
    questions: ["What is the median age in {s}?", "What is the median age of people in {s}?"],
  },
  {
    names: ["Life expectancy", "Life expectancy at birth"],
    asks: /life expect|how (?:long|old).*\blive\b|years.*\blive\b/,
    questions: ["What is the life expectancy in {s}?", "How long do people live in {s}?"],
  },
  {
    names: ["Region", "Location"],
    asks: /region|\bwhere\b|continent|part of the world|located/,
    questions: [
      "In which region is {s} located?",
      "Where is {s} located?",
      "What region of the world is {s} in?",
    ],
  },
  {
    names: ["Area"],
    asks: /\barea\b|\blarge\b|\bbig\b|\bsize\b/,
    questions: ["What is the area of {s}?", "How large is {s}?"],
  },
  {
    names: ["Borders", "Border countries", "Land boundaries"],
    asks: /\bborder|neighbou?r/,
    questions: ["Which countries border {s}?", "What are the neighbors of {s}?"],
    list: true,
  },
  {
    names: ["Coastline"],
    asks: /\bcoast/,
    questions: ["How long is the coastline of {s}?", "What is the length of {s}'s coastline?"],
  },
  {
    names: ["Climate"],
    asks: /climate|weather/,
    questions: ["What is the climate of {s}?", "What type of climate does {s} have?"],
  },
  {
    names: ["Terrain"],
    asks: /terrain|landscape|\bland\b/,
    questions: ["What is the terrain of {s}?", "What kind of terrain does {s} have?"],
  },
  {
    names: ["Highest point"],
    asks: /\bhigh|\bpeak|mountain|tallest/,
    questions: ["What is the highest point in {s}?", "What is the highest point of {s}?"],
  },
  {
    names: ["Lowest point"],
    asks: /\blow/,
    questions: ["What is the lowest point in {s}?", "What is the lowest point of {s}?"],
  },
  {
    names: ["Natural resources"],
    asks: /resource|mineral/,
    questions: ["What are the natural resources of {s}?", "Which natural resources does {s} have?"],
    list: true,
  },
];

const byName = new Map(
  FACT_FIELDS.flatMap((field) => field.names.map((name) => [words(name).join(" "), field] as const)),
);

/** The field that a value of `Fact.field` means; null when the table does not have it. */
export function factField(name: string): FactField | null {
  return byName.get(words(name).join(" ")) ?? null;
}
