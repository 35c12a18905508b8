import {
  type Clean,
  count,
  firstItem,
  itemList,
  largestCity,
  leading,
  leadingWords,
  phrase,
  placeName,
  votingAge,
  years,
} from "./clean.js";

/**
 * A line of a fact card: its label, its place in the Factbook, and the function that makes an
 * answer of the value.
 */
export interface CardField {
  readonly label: string;
  /** Section, field and, for most lines, part of a field. */
  readonly path: readonly string[];
  readonly clean: Clean;
}

/**
 * A group of fields that become one document of about a hundred tokens. A small model can use a
 * document of this length.
 */
export interface CardLayout {
  readonly name: string;
  readonly fields: readonly CardField[];
}

const field = (label: string, path: readonly string[], clean: Clean): CardField => ({ label, path, clean });

const square = leading(/^([\d,.]+(?: million)? sq km)/);
const length = leading(/^(?!0 km)([\d,.]+ km)\b/);
const date = leading(/^(\d{1,2} [A-Z][a-z]+ \d{4}|[A-Z][a-z]+ \d{4}|\d{4})\b/);
const formerRuler = leadingWords(
  /^[^;(]*\(from (?:the )?([A-Z][A-Za-z. ]+?)(?:\)|,| administration| under)/,
  3,
);
const anthem = leadingWords(/^"([^"(]+)"/, 6);
const currency = leadingWords(/^\s*(?:note - )?([A-Z][A-Za-z' -]+?)\s*\(([A-Z]{3})\)\s*per/, 4);
const dollars = leading(/^(\$[\d,]+)/);
const domain = leading(/^(\.[a-z]{2})\b/);
const holiday: Clean = (text) => leadingWords(/^([A-Z][^,;(\d]+?)(?:,| \(|;| \d)/, 4)(`${text};`);

/**
 * The cards, in the order and with the labels that the model sees. The labels are the values of
 * `Fact.field`, and the oracle uses them as names.
 */
export const CARDS: readonly CardLayout[] = [
  {
    name: "Geography",
    fields: [
      field("Region", ["Geography", "Location"], phrase(3)),
      field("Area", ["Geography", "Area", "total"], square),
      field("Borders", ["Geography", "Land boundaries", "border countries"], itemList(3)),
      field("Coastline", ["Geography", "Coastline"], length),
      field("Climate", ["Geography", "Climate"], phrase(4)),
      field("Terrain", ["Geography", "Terrain"], phrase(5)),
      field("Highest point", ["Geography", "Elevation extremes", "highest point"], placeName),
      field("Lowest point", ["Geography", "Elevation extremes", "lowest point"], placeName),
      field("Natural resources", ["Geography", "Natural resources"], itemList(3)),
    ],
  },
  {
    name: "People and Society",
    fields: [
      field("Nationality", ["People and Society", "Nationality", "adjective"], phrase(3)),
      field("Population", ["People and Society", "Population"], count),
      field("Main language", ["People and Society", "Languages"], firstItem(2)),
      field("Main religion", ["People and Society", "Religions"], firstItem(3)),
      field("Largest ethnic group", ["People and Society", "Ethnic groups"], firstItem(3)),
      field("Largest city", ["People and Society", "Major urban areas - population"], largestCity),
      field("Median age", ["People and Society", "Median age", "total"], years),
      field("Life expectancy", ["People and Society", "Life expectancy at birth", "total population"], years),
    ],
  },
  {
    name: "Government",
    fields: [
      field("Capital", ["Government", "Capital", "name"], phrase(3)),
      field("Government", ["Government", "Government type"], phrase(4)),
      field("Independence", ["Government", "Independence"], date),
      field("Independent from", ["Government", "Independence"], formerRuler),
      field("National holiday", ["Government", "National holiday"], holiday),
      field("Voting age", ["Government", "Suffrage"], votingAge),
      field("Legal system", ["Government", "Legal system"], phrase(5)),
      field("National anthem", ["Government", "National anthem", "name"], anthem),
      field("National symbol", ["Government", "National symbol(s)"], phrase(3)),
    ],
  },
  {
    name: "Economy",
    fields: [
      field("Internet code", ["Communications", "Internet country code"], domain),
      field("Currency", ["Economy", "Exchange rates"], currency),
      field("Farm products", ["Economy", "Agriculture - products"], itemList(3)),
      field("Industries", ["Economy", "Industries"], itemList(3)),
      field("Exports", ["Economy", "Exports - commodities"], itemList(2)),
      field("Top export partner", ["Economy", "Exports - partners"], firstItem(2)),
      field("Top import partner", ["Economy", "Imports - partners"], firstItem(2)),
      field("Income per person", ["Economy", "GDP - per capita (PPP)"], dollars),
      field("Airports", ["Transportation", "Airports"], count),
      field("Main port", ["Transportation", "Ports and terminals", "major seaport(s)"], firstItem(2)),
    ],
  },
];
