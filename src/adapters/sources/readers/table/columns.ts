import { FIELDS } from "../fields.js";

/** What the columns of a table are used for. */
export interface ColumnPlan {
  /** Column that names the subject of a row; null when no column can. */
  readonly subject: string | null;
  /** True when the subject is a name, and nearly every row has its own. */
  readonly isNaming: boolean;
  /** Columns of short values. Each is a line of a card, and a fact. */
  readonly short: readonly string[];
  /** Columns of long values. Together they are a text. */
  readonly long: readonly string[];
  /** Columns of addresses, long ids, and lists written with signs. Nobody would ask about them. */
  readonly coded: readonly string[];
  /** True when the first row looks like the rows below it. */
  readonly isHeaderless: boolean;
}

/** A row by the names of the columns. */
export type Cells = Readonly<Record<string, string>>;

/**
 * Columns that say something about a row and are no content of it. A column `language` or `kind` of
 * a table is content.
 */
const ABOUT_ROW: ReadonlySet<string> = new Set([
  ...FIELDS.id,
  ...FIELDS.url,
  ...FIELDS.licence,
  ...FIELDS.optOut,
  "lang",
]);
/** Longest value of a fact, in characters. A longer value is no short answer. */
export const LONGEST_VALUE = 100;
/** Most words of the median value of a column of short values. */
const SHORT_WORDS = 12;
/** Most words of a name. */
const NAME_WORDS = 8;
/** Least share of the rows in which a property of a column must hold. */
const NEARLY_ALL = 0.9;
const MOST = 0.5;

/** Addresses, long ids, JSON, HTML, and lists with doubled signs between their parts. */
const CODED =
  /^[a-z][a-z+.-]*:\/\/\S+$|^[\da-f]{16,}$|^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$|^\[.*\]$|^\{.*\}$|^<.*>$|::|\|\|/is;
const NUMBER = /^[-+]?[\d.,\s]*\d(?:[eE][-+]?\d+)?\s*%?$/;
const YEAR = /^[12]\d{3}$/;
/** One word of digits and letters, of capitals only, or shorter than three letters: `US-AK`. */
const CODE = /^(?:\S*\d\S*|[\p{Lu}\p{P}]{1,5}|\S{1,2})$/u;

/**
 * Decides from some rows of a table what its columns are used for.
 *
 * @param columns names of the columns; those without a name are not used
 * @param rows the first rows of the table
 * @param chosen column that the user names as the subject
 */
export function planColumns(columns: readonly string[], rows: readonly Cells[], chosen?: string): ColumnPlan {
  const all = columns.filter((name) => name !== "" && !isAboutRow(name)).map((name) => look(name, rows));
  const filled = all.filter(({ values }) => values.length > 0);
  const plain = filled.filter(({ isCoded }) => !isCoded);
  // A table of codes alone is a table, too.
  const used = plain.length > 0 ? plain : filled;
  const short = used.filter(({ isLong }) => !isLong);
  const found = chosen === undefined ? subjectOf(short, rows.length) : { name: chosen, isNaming: true };
  const rest = (ones: readonly Column[]) =>
    ones.map(({ name }) => name).filter((name) => name !== found.name);
  return {
    subject: found.name ?? all[0]?.name ?? null,
    isNaming: found.isNaming,
    short: rest(short),
    long: rest(used.filter(({ isLong }) => isLong)),
    coded: rest(filled.filter((one) => !used.includes(one))),
    isHeaderless: looksLikeRow(all),
  };
}

/** True for a column that says something about a row. */
export function isAboutRow(column: string): boolean {
  return ABOUT_ROW.has(column);
}

interface Column {
  readonly name: string;
  /** The filled values. */
  readonly values: readonly string[];
  readonly isLong: boolean;
  readonly isCoded: boolean;
}

function look(name: string, rows: readonly Cells[]): Column {
  const values = rows.map((row) => row[name]?.trim() ?? "").filter((value) => value !== "");
  const median = (length: (value: string) => number) =>
    values.map(length).sort((a, b) => a - b)[values.length >> 1] ?? 0;
  return {
    name,
    values,
    isLong: median(wordCount) > SHORT_WORDS || median((value) => value.length) > LONGEST_VALUE,
    isCoded: share(values, (value) => CODED.test(value)) >= MOST,
  };
}

/**
 * The column that names the subject: the column `subject`; else a column of names; else a column of
 * codes. Best is a column with another value in each row, and of these a column that is called a
 * name or a title.
 */
function subjectOf(columns: readonly Column[], rows: number): { name: string | null; isNaming: boolean } {
  const named = columns.find(({ name }) => FIELDS.subject.some((one) => one === name));
  if (named !== undefined) return { name: named.name, isNaming: true };
  const differing = ({ values }: Column) => new Set(values).size / rows;
  const names = columns
    .filter(({ values }) => hasNames(values) && values.length >= NEARLY_ALL * rows)
    .sort((a, b) => nameRank(b.name) - nameRank(a.name));
  const own = names.find((column) => differing(column) >= NEARLY_ALL);
  if (own !== undefined) return { name: own.name, isNaming: true };
  const best =
    names.find((column) => differing(column) >= MOST) ??
    columns.find((column, index) => (index === 0 || isKey(column.name)) && differing(column) === 1) ??
    names[0] ??
    columns[0];
  return { name: best?.name ?? null, isNaming: false };
}

/** Values with letters, none a code such as `US-AK`, mostly of one to eight words. */
function hasNames(values: readonly string[]): boolean {
  return (
    share(values, (value) => /\p{L}/u.test(value) && !CODE.test(value)) >= NEARLY_ALL &&
    share(values, (value) => wordCount(value) <= NAME_WORDS) >= MOST
  );
}

/** True for the name of a column of ids or codes. */
function isKey(column: string): boolean {
  return wordsOf(column).some((word) => ["id", "code", "key", "number", "no"].includes(word));
}

/** How much the name of a column says that its values are names. */
function nameRank(column: string): number {
  const words = wordsOf(column);
  const isNaming = words.some((word) => ["name", "title", "label", "names", "titles"].includes(word));
  if (!isNaming) return 0;
  return words.length === 1 ? 2 : 1;
}

function wordsOf(column: string): readonly string[] {
  return column
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== "");
}

/** True when the first row has numbers where the other rows have numbers. Years can be names. */
function looksLikeRow(columns: readonly Column[]): boolean {
  const numeric = columns.filter(({ values }) => share(values, (value) => NUMBER.test(value)) >= NEARLY_ALL);
  return numeric.length > 0 && numeric.every(({ name }) => NUMBER.test(name) && !YEAR.test(name));
}

function wordCount(value: string): number {
  return value.split(/\s+/).filter((word) => word !== "").length;
}

function share(values: readonly string[], holds: (value: string) => boolean): number {
  return values.length === 0 ? 0 : values.filter(holds).length / values.length;
}
