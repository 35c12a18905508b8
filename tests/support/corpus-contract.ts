import { describe, expect, test } from "@jest/globals";
import type { Corpus } from "../../src/app/ports/corpus.js";
import type { Document, Segment } from "../../src/core/records/document.js";
import { sha256 } from "./fixtures.js";

function segmentsOf(uri: string, lines: readonly string[]): Segment[] {
  const text = lines.join("\n");
  const document: Document = {
    id: sha256(`${uri}\n${text}`),
    text,
    title: uri,
    sourceUri: uri,
    licence: "CC0-1.0",
    language: "en",
    splitKey: uri,
    subject: "",
    kind: "prose",
    facts: [],
  };
  return lines.map((line) => {
    const start = text.indexOf(line);
    const end = start + line.length;
    return {
      id: `${document.id}:${start}-${end}`,
      document,
      start,
      end,
      text: line,
      tokens: line.split(" ").length,
    };
  });
}

/** Two documents: one of three segments, one of one. */
const SEGMENTS = [
  ...segmentsOf("memory:a", ["one two", "three 😀", "four five six"]),
  ...segmentsOf("memory:b", ["seven"]),
];

/**
 * What every corpus does. The store on disk and the corpus in memory pass the same tests.
 *
 * @param open makes a corpus that holds these segments, all of them in the split `selfplay`
 */
export function corpusContract(
  name: string,
  open: (segments: readonly Segment[]) => Promise<{ readonly corpus: Corpus } & AsyncDisposable>,
): void {
  describe(`corpus: ${name}`, () => {
    test("says how much it holds", async () => {
      await using opened = await open(SEGMENTS);
      expect(opened.corpus.info).toMatchObject({ documents: 2, segments: 4, tokens: 8 });
      expect(opened.corpus.size("selfplay")).toBe(4);
    });

    test("gives every segment once, whole, in an order that stays", async () => {
      await using opened = await open(SEGMENTS);
      const { corpus } = opened;
      const read = () => Promise.all([0, 1, 2, 3].map((index) => corpus.segment("selfplay", index)));
      const once = await read();
      const byId = (a: Segment, b: Segment) => a.id.localeCompare(b.id);
      expect(once.toSorted(byId)).toEqual(SEGMENTS.toSorted(byId));
      expect(await read()).toEqual(once);
      // The segments of a document follow each other, in the order of the text.
      for (const { document } of SEGMENTS) {
        const places = once.flatMap((one, place) => (one.document.id === document.id ? [place] : []));
        const first = places[0] ?? 0;
        expect(places).toEqual(places.map((_, index) => first + index));
        expect(once.slice(first, first + places.length).map((one) => one.start)).toEqual(
          SEGMENTS.filter((one) => one.document.id === document.id).map((one) => one.start),
        );
      }
    });

    test.each([-1, 4, 0.5])("has no segment at %p", async (index) => {
      await using opened = await open(SEGMENTS);
      await expect(opened.corpus.segment("selfplay", index)).rejects.toThrow(RangeError);
    });

    test("finds a segment by its id, and a document's first segment by the document's id", async () => {
      await using opened = await open(SEGMENTS);
      for (const segment of SEGMENTS) {
        expect(await opened.corpus.find(segment.id)).toEqual(segment);
        const first = SEGMENTS.find((one) => one.document.id === segment.document.id);
        expect(await opened.corpus.find(segment.document.id)).toEqual(first);
      }
      for (const unknown of ["", "no id", sha256("unknown"), `${SEGMENTS[0]?.document.id}:0-1`])
        expect(await opened.corpus.find(unknown)).toBeNull();
    });
  });
}
