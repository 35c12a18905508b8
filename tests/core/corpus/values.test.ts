import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { statedValues } from "../../../src/core/corpus/values.js";

const found = (sentence: string) => statedValues(sentence).map(({ type, text }) => `${type}: ${text}`);

test.each([
  [
    "The project was announced by Ian Murdock on 16 August 1993 in the United States.",
    ["name: Ian Murdock", "date: 16 August 1993", "name: United States"],
  ],
  ["The archive has more than 59,000 packages.", ["number: 59,000"]],
  ["Copying needs 512 MB of memory and 42% of the disk.", ["quantity: 512 MB", "quantity: 42%"]],
  ["The bridge is 42 km long and weighs 17 tonnes.", ["quantity: 42 km", "quantity: 17 tonnes"]],
  ["The company was sold in 1994, and closed in November 1995.", ["date: 1994", "date: November 1995"]],
  ["Squid is a proxy server.", ["definition: a proxy server"]],
  ["The first parameter is the process domain.", []],
  ["The old tool is an easy to use editor.", []],
  ["The language was made by Guido van Rossum.", ["name: Guido van Rossum"]],
  ["The port is described in Section 9.10 and in Chapter 3.", []],
  ["The version is 3.11.2 and the file is at /etc/passwd.", []],
  ["It was cold on Monday, and the rain began.", []],
  [
    "Call readFile() or max_size to read process.env, with --dry-run set.",
    ["name: readFile()", "name: max_size", "name: process.env", "name: --dry-run"],
  ],
  ["The file is at a.b, e.g. in v1.2, on www.example.org or in a/lib.path here.", []],
  ["It has well-known parts, i.e. two, and __init__ is one of them.", []],
])("%s", (sentence, values) => {
  expect(found(sentence)).toEqual(values);
});

test("values of the same form can stand for each other", () => {
  const forms = (sentence: string) => statedValues(sentence).map(({ type, form }) => `${type} ${form}`);
  expect(forms("It began in 1994.")).toEqual(forms("They met in 2003."));
  expect(forms("It began in 1994.")).not.toEqual(forms("It began in May 1994."));
  expect(forms("We use BIOS here.")).not.toEqual(forms("We use Debian here."));
});

test("every value stands at its place, whatever the text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
      for (const { start, end, text: value } of statedValues(text))
        expect(text.slice(start, end).replace(/\s+/g, " ")).toBe(value);
    }),
  );
});
