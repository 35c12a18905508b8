import { expect, test } from "@jest/globals";
import { keyed } from "../../../src/core/random/rng.js";
import { asCandidate } from "../../../src/core/warmup/known-task.js";
import { minedTasks, valuePool } from "../../../src/core/warmup/mined.js";
import { makeSegment } from "../../support/fixtures.js";

const texts = [
  "The project was announced by Ian Murdock in 1993. It grew.",
  "The company was sold by Ada Byron in 1994 without a word to anybody.",
  "The bridge was built by Gustave Eiffel in 1884 for the railway company.",
  "The museum was opened by Clara Barton in 1901 in the old town hall.",
  "The harbor was closed by Otto Hahn in 1962 after the great storm.",
];
const segments = texts.map((text) => makeSegment(text));
const pool = valuePool(segments);
const tasksOf = (text: string) => {
  const segment = makeSegment(text);
  return minedTasks(segment, valuePool([segment, ...segments.slice(1)]), keyed("mined"));
};

test("a question quotes the sentence with a gap in the place of its value", () => {
  const [name, year] = minedTasks(segments[0] as (typeof segments)[0], pool, keyed("mined"));
  expect(name).toMatchObject({
    source: "mined",
    question: 'Which name completes "The project was announced by ___ in 1993."?',
    answer: "Ian Murdock",
    answerType: "string",
  });
  expect(year).toMatchObject({
    question: 'Which year completes "The project was announced by Ian Murdock in ___."?',
    answer: "1993",
    answerType: "date",
  });
});

test("wrong options are values of the same type from other documents", () => {
  const [name, year] = minedTasks(segments[0] as (typeof segments)[0], pool, keyed("mined"));
  expect(name?.wrong).toHaveLength(3);
  expect(["Ada Byron", "Gustave Eiffel", "Clara Barton", "Otto Hahn"]).toEqual(
    expect.arrayContaining([...(name?.wrong ?? [])]),
  );
  expect(year?.wrong.every((one) => /^\d{4}$/.test(one))).toBe(true);
});

test("a definition is asked for by its subject", () => {
  const [first] = tasksOf("Squid is a proxy server for the web and for other things.");
  expect(first).toMatchObject({ question: "What is Squid?", answer: "a proxy server" });
});

test("a question about a number or a percentage says so", () => {
  const questions = tasksOf("The archive has 59,000 packages and uses 42% of the old disk.");
  expect(questions.map(({ question }) => question)).toEqual([
    'Which number completes "The archive has ___ packages and uses 42% of the old disk."?',
    'Which percentage completes "The archive has 59,000 packages and uses ___ of the old disk."?',
  ]);
});

test("capitalized words that the documents also write small are no names", () => {
  const segment = makeSegment("The old gateway was sold to Gateway in the spring of 1995.");
  const tasks = minedTasks(segment, valuePool([segment, ...segments]), keyed("mined"));
  expect(tasks.map(({ answer }) => answer)).toEqual(["1995"]);
});

test.each([
  ["points back", "It was announced by Ian Murdock in the year 1993 again."],
  ["points at another place", "The project was announced by the former leader in 1993."],
  ["names a chapter", "The project of Ian Murdock is described in Chapter 9 of the book."],
  ["has markup", "The project was announced by [Ian Murdock](http://x) in 1993."],
  ["is no sentence", "The project, announced by Ian Murdock in 1993"],
  ["is too short", "Ian Murdock came in 1993."],
])("a sentence that %s gives no task", (_, text) => {
  expect(tasksOf(text)).toEqual([]);
});

test("a value that a document of another file states too gives no task", () => {
  const twin = makeSegment("The other project was announced by Ian Murdock in 2020 as well.");
  const answers = (splitKey: string) =>
    minedTasks(
      segments[0] as (typeof segments)[0],
      valuePool([...segments, { ...twin, document: { ...twin.document, id: "twin", splitKey } }]),
      keyed("mined"),
    ).map(({ answer }) => answer);
  expect(answers("file:other")).toEqual(["1993"]);
  expect(answers(twin.document.splitKey)).toEqual(["Ian Murdock", "1993"]);
});

test("names of program code are values, and wrong options have the same form", () => {
  const code = ["maxSize", "os.path", "chalk.level", "readFile", "dry_run"].map((name, place) =>
    makeSegment(`The old option ${name} was added for the port ${place} of the server.`),
  );
  const segment = makeSegment("To close the stream, the program calls the method stream.destroy for it.");
  const [task] = minedTasks(segment, valuePool([segment, ...code]), keyed("mined"));
  expect(task).toMatchObject({
    question: 'Which name completes "To close the stream, the program calls the method ___ for it."?',
    answer: "stream.destroy",
  });
  expect(task?.wrong).toHaveLength(3);
});

test("a task is asked in the formats that fit its answer", () => {
  const [, year] = minedTasks(segments[0] as (typeof segments)[0], pool, keyed("mined"));
  if (year === undefined) throw new Error("the sentence has a year");
  const typeOf = (answerType: "date" | "string" | "number") =>
    asCandidate(year, { kind: "free", answerType })?.answerType ?? null;
  expect([typeOf("date"), typeOf("string"), typeOf("number")]).toEqual(["date", "string", null]);
  expect(asCandidate(year, { kind: "mcq" })?.options).toHaveLength(4);
  expect(asCandidate({ ...year, wrong: [] }, { kind: "mcq" })).toBeNull();
});
