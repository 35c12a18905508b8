import { expect, test } from "@jest/globals";
import { requirePlayable } from "../../../src/app/self-play/playable.js";
import { experiment } from "../../support/experiment.js";
import { segments } from "../../support/game.js";
import { MemoryCorpus } from "../../support/memory.js";

const strict = {
  ...experiment,
  admission: {
    ...experiment.admission,
    document: { ...experiment.admission.document, license: "refuse" as const, licenses: ["CC0-1.0"] },
  },
};
const withLicense = (licence: string) =>
  segments.map((one) => ({ ...one, document: { ...one.document, licence } }));

test("documents that nearly all are refused end the run before a model is loaded", async () => {
  const corpus = new MemoryCorpus(withLicense("proprietary"));
  await expect(requirePlayable(strict, corpus)).rejects.toMatchObject({
    code: "DOCUMENTS_REFUSED",
    exit: 2,
    message: expect.stringContaining("4 of 4 segments"),
  });
});

test("a corpus with some documents that are let through is played", async () => {
  const [first, ...others] = withLicense("proprietary");
  if (first === undefined) throw new Error("there are segments");
  const free = { ...first, document: { ...first.document, licence: "CC0-1.0" } };
  await expect(requirePlayable(strict, new MemoryCorpus([free, ...others]))).resolves.toEqual({
    document_licence: 3,
  });
});
