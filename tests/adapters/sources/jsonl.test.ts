import { describe, expect, test } from "@jest/globals";
import { splitLines } from "../../../src/adapters/files/lines.js";
import { documentsOf, readFiles, reasonsOf } from "./read.js";

const placesOf = async (content: string) =>
  documentsOf(await readFiles({ "a.jsonl": content })).map(({ sourceUri, text }) => [
    sourceUri.replace(/^.*#/, ""),
    text,
  ]);

describe("JSONL", () => {
  test.each<[string, string, readonly (readonly [string, string])[]]>([
    [
      "lines with CRLF",
      '{"text":"one"}\r\n{"text":"two"}\r\n',
      [
        ["L1", "one"],
        ["L2", "two"],
      ],
    ],
    [
      "lines with CR alone",
      '{"text":"one"}\r{"text":"two"}\r',
      [
        ["L1", "one"],
        ["L2", "two"],
      ],
    ],
    [
      "empty lines",
      '\n\n{"text":"one"}\n  \n{"text":"two"}\n\n',
      [
        ["L3", "one"],
        ["L5", "two"],
      ],
    ],
    [
      "a byte order mark",
      '\ufeff{"text":"one"}\n{"text":"two"}',
      [
        ["L1", "one"],
        ["L2", "two"],
      ],
    ],
    [
      "lines that end in a comma",
      '{"text":"one"},\n{"text":"two"},\n',
      [
        ["L1", "one"],
        ["L2", "two"],
      ],
    ],
    [
      "an array in one line",
      '[{"text":"one"},{"text":"two"}]\n',
      [
        ["L1-1", "one"],
        ["L1-2", "two"],
      ],
    ],
    [
      "an array in many lines",
      '[\n {\n "text": "one"\n },\n {"text": "two"}\n]\n',
      [
        ["L1-1", "one"],
        ["L1-2", "two"],
      ],
    ],
    [
      "an array without its end",
      '[\n{"text":"one"},\n{"text":"two"},\n',
      [
        ["L2", "one"],
        ["L3", "two"],
      ],
    ],
    ["a list of paragraphs", '{"text":["para one","para two"]}', [["L1", "para one\n\npara two"]]],
    ["a list with numbers and gaps", '{"text":["a",5,null,""]}', [["L1", "a\n\n5"]]],
    [
      "numbers with their digits",
      '{"text":12345678901234567890}\n{"text":0.10}\n{"text":7}',
      [
        ["L1", "12345678901234567890"],
        ["L2", "0.10"],
        ["L3", "7"],
      ],
    ],
  ])("reads %s", async (_, content, expected) => {
    expect(await placesOf(content)).toEqual(expected);
  });

  test("a line that cannot be read is left out with its place, and the other lines are read", async () => {
    const items = await readFiles({
      "a.jsonl":
        '{"text":"one"}\n{"text":\n["a","b"]\n{"text":NaN}\n{"text":[["a"]]}\n{"text":[]}\n5\n{"text":"two"}\n',
    });
    expect(documentsOf(items).map(({ text }) => text)).toEqual(["one", "two"]);
    expect(reasonsOf(items)).toEqual([
      ...["malformed", "malformed", "malformed", "malformed", "no_text", "malformed"],
    ]);
  });

  test("a path names a field of an object in the record", async () => {
    const content = '{"meta":{"text":"one"},"about":{"who":"Ann"}}\n{"meta":{},"about":{"who":"Bo"}}\n';
    const options = { textField: "meta.text", subjectField: "about.who" };
    const items = await readFiles({ "a.jsonl": content }, options);
    expect(documentsOf(items)).toMatchObject([{ text: "one", subject: "Ann" }]);
    expect(reasonsOf(items)).toEqual(["no_text"]);
    const [missing] = await readFiles({ "a.jsonl": content });
    expect(missing).toMatchObject({ reason: "no_text", detail: expect.stringContaining("meta.text") });
  });
});

test("a line that is too long is passed over without being kept", async () => {
  async function* pieces() {
    yield Buffer.from("ab\n");
    for (let piece = 0; piece < 50; piece += 1) yield Buffer.alloc(100, "x");
    yield Buffer.from("\ncd\n");
    yield Buffer.alloc(200, "y");
  }
  const lines: string[] = [];
  for await (const { bytes, tooLong } of splitLines(pieces(), 0, 150))
    lines.push(tooLong === true ? "too long" : bytes.toString());
  expect(lines).toEqual(["ab", "too long", "cd", "too long"]);
});
