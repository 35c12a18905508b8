import { expect, test } from "@jest/globals";
import { RECENT_DOCUMENTS } from "../../../src/core/analysis/measures.js";
import { scanEpisodes } from "../../../src/core/analysis/scan.js";
import type { Episode } from "../../../src/core/records/episode.js";
import { makeEpisode, makeProposal } from "../../support/episodes.js";
import { makeTask } from "../../support/fixtures.js";

const asks = (question: string): Episode => makeEpisode([makeProposal({ task: makeTask({ question }) })]);
const refused = (question: string): Episode =>
  makeEpisode([makeProposal({ refusal: "open_book_failed", task: makeTask({ question }) })]);
const FIELDS = [
  "capital",
  "currency",
  "climate",
  "region",
  "government",
  "area",
  "anthem",
  "port",
  "religion",
  "coast",
];
const past = Array.from({ length: RECENT_DOCUMENTS }, (_, index) =>
  asks(`What is the ${FIELDS[index % FIELDS.length]} of Land${index}?`),
);

async function newQuestions(episodes: readonly Episode[]): Promise<number[]> {
  async function* stream() {
    yield* episodes;
  }
  return (await scanEpisodes(stream())).points.newQuestions.map((point) => point.value);
}

test("a question is new when nothing like it was admitted on the documents before, names aside", async () => {
  expect(await newQuestions([...past, asks("What is the capital of Chad?")])).toEqual([0]);
  expect(await newQuestions([...past, asks("What is the lowest point of Chad?")])).toEqual([1]);
});

test("nothing is said before there is a past to compare with, nor of documents without an admitted question", async () => {
  expect(await newQuestions(past)).toEqual([]);
  expect(await newQuestions([...past, refused("What is the capital of Chad?")])).toEqual([]);
  const after = [
    ...past,
    refused("What is the lowest point of Mali?"),
    asks("What is the lowest point of Chad?"),
  ];
  expect(await newQuestions(after)).toEqual([1]);
});
