import { FIELDS } from "./fields.js";
import type { Note, Reader, ReaderOptions, ReadText, Unread } from "./reader.js";
import { textOfRecord } from "./records.js";
import { cardsOf, factColumns, isFactColumn } from "./table/card.js";
import { type Cells, type ColumnPlan, isAboutRow, planColumns } from "./table/columns.js";
import { describeHeaderless, describePlan, describeShared } from "./table/plan-notes.js";
import { type Row, tableRows } from "./table/rows.js";

/** Rows that decide what the columns are used for, and most characters of these rows. */
const SAMPLE_ROWS = 1000;
const SAMPLE_CHARACTERS = 4 << 20;

/**
 * Reads `.csv` and `.tsv` files. The first row names the columns. The separator of a `.tsv` file is
 * the tab. The separator of a `.csv` file is a comma, a semicolon or a tab: the most frequent of
 * these signs in the first row.
 *
 * When a column has the text, each row is one text. Otherwise the columns of short values of a row
 * become cards, and the columns of long values become a text. The first rows decide which column
 * is of which kind.
 *
 * @throws SpiceError `NOT_UTF8` (exit 2) when most rows are not UTF-8
 */
export const readCsv: Reader = async function* (file, options) {
  let columns: readonly string[] = [];
  let held: (Row | Unread)[] = [];
  let size = 0;
  // The generator below sets the variable, so the compiler must not take it for null.
  let table = null as Table | null;
  const release = function* () {
    const rows = held.flatMap((item) => (item.kind === "row" ? [cellsOf(columns, item)] : []));
    const opened = openTable(columns, rows, options);
    table = opened;
    yield* opened.notes;
    for (const item of held) yield* item.kind === "row" ? textsOf(item, opened, options) : [item];
    held = [];
  };
  for await (const item of tableRows(file)) {
    if (item.kind === "header") {
      columns = item.columns;
      options.named?.note(columns);
    } else if (table !== null) {
      yield* item.kind === "row" ? textsOf(item, table, options) : [item];
    } else {
      held.push(item);
      if (item.kind === "row") size += item.cells.reduce((sum, cell) => sum + cell.length, 0);
      if (held.length >= SAMPLE_ROWS || size >= SAMPLE_CHARACTERS) yield* release();
    }
  }
  if (table === null) yield* release();
};

/** A table, and what is made of its rows. */
interface Table {
  readonly columns: readonly string[];
  readonly plan: ColumnPlan;
  /** `texts`: a column has the text. `cards`: all columns become cards. `both`: see `readCsv`. */
  readonly mode: "texts" | "cards" | "both";
  readonly notes: readonly Note[];
}

function openTable(columns: readonly string[], rows: readonly Cells[], options: ReaderOptions): Table {
  const texts = options.textField === undefined ? FIELDS.text : [options.textField];
  const hasText = texts.some((name) => columns.includes(name)) || options.textField !== undefined;
  const mode = options.card === true ? "cards" : hasText ? "texts" : "both";
  const others = mode === "texts" ? columns.filter((name) => !texts.some((one) => one === name)) : columns;
  const plan = planColumns(others, rows, options.subjectField);
  const subjects = new Set(rows.map((row) => row[plan.subject ?? ""] ?? ""));
  const shared = plan.isNaming ? 0 : rows.length - subjects.size;
  const notes =
    rows.length === 0
      ? []
      : [
          ...(plan.isHeaderless ? [describeHeaderless(columns)] : []),
          ...(mode === "both" ? [describePlan(plan)] : []),
          ...(mode !== "texts" && shared > 0 ? [describeShared(plan, subjects.size, rows.length)] : []),
        ];
  return { columns, plan, mode, notes: notes.map((text) => ({ kind: "note", text })) };
}

function cellsOf(columns: readonly string[], { cells }: Row): Cells {
  const named = columns.map((name, column) => [name, cells[column] ?? ""] as const);
  return Object.fromEntries(named.filter(([name]) => name !== ""));
}

function* textsOf(row: Row, table: Table, options: ReaderOptions): Generator<ReadText | Unread> {
  const fields = cellsOf(table.columns, row);
  if (table.mode === "texts") yield rowText(fields, row.place, table, options);
  else yield* rowTexts(fields, row.place, table);
}

/** A row with a text, and the facts of its columns `fact:<name>`. */
function rowText(fields: Cells, place: string, { plan }: Table, options: ReaderOptions): ReadText | Unread {
  // A cell contains no list, so a column `facts` is not read. The facts stand in `fact:<name>`.
  const columns = Object.entries(fields).filter(([name]) => name !== "facts");
  const names = plan.isNaming && plan.subject !== null ? [plan.subject] : [];
  const item = textOfRecord(Object.fromEntries(columns), place, options, [
    ...Object.keys(fields).filter(isFactColumn),
    ...names,
  ]);
  if (item.kind === "skip") return item;
  const title = item.title === "" ? (fields[names[0] ?? ""]?.trim() ?? "") : item.title;
  const facts = factColumns(fields, item.metadata.subject ?? title);
  return { ...item, title, metadata: { ...item.metadata, facts } };
}

/** The cards of a row, and the text of its columns of long values. They are in the same split. */
function* rowTexts(fields: Cells, place: string, table: Table): Generator<ReadText | Unread> {
  const { plan, mode, columns } = table;
  const all = columns.filter((name) => name !== "" && name !== plan.subject && !isAboutRow(name));
  const isCards = mode === "cards";
  const cards = cardsOf(fields, plan.subject, isCards ? all : plan.short, isCards ? "keep" : "leave out");
  const subject = fields[plan.subject ?? ""]?.trim() ?? "";
  const text = isCards ? "" : paragraphs(fields, plan.long);
  // A card without a fact only repeats the title of the text.
  const useful = text === "" ? cards : cards.filter(({ facts }) => facts.length > 0);
  const about = columns.filter((name) => isAboutRow(name) || FIELDS.title.some((one) => one === name));
  const record = Object.fromEntries(about.map((name) => [name, fields[name]]));
  const read = (content: string) =>
    textOfRecord({ ...record, [CONTENT]: content }, place, { textField: CONTENT });
  if (useful.length === 0 && text === "") yield read("");
  for (const [index, card] of useful.entries()) {
    const item = read(card.text);
    if (item.kind === "skip") return yield item;
    const metadata = { ...item.metadata, kind: "facts", subject, facts: card.facts };
    yield {
      ...item,
      title: item.title || subject,
      metadata,
      ...(index > 0 && { part: `card-${index + 1}` }),
    };
  }
  if (text === "") return;
  const item = read(text);
  if (item.kind === "skip") return yield item;
  yield { ...item, title: item.title || subject, ...(useful.length > 0 && { part: "text" }) };
}

function paragraphs(fields: Cells, columns: readonly string[]): string {
  const values = columns.map((name) => fields[name]?.trim() ?? "");
  return values.filter((value) => value !== "").join("\n\n");
}

/** A name that no column has: it has a line feed. */
const CONTENT = "\ncontent";
