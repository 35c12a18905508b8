import { openCorpusWriter } from "../../../src/adapters/corpus-store/corpus-writer.js";
import { openCorpus } from "../../../src/adapters/corpus-store/open-corpus.js";
import { corpusContract } from "../../support/corpus-contract.js";
import { MemoryCorpus } from "../../support/memory.js";
import { tempFolder } from "../support/temp-folder.js";

corpusContract("a store on disk", async (segments) => {
  const folder = await tempFolder();
  const segmentation = { tokenizer: "words", minTokens: 1, maxTokens: 4, version: 1 };
  {
    await using writer = await openCorpusWriter({ store: folder.path, source: "a", segmentation });
    for (const document of new Set(segments.map((one) => one.document)))
      await writer.add(
        document,
        segments.filter((one) => one.document === document),
      );
    await writer.commit();
  }
  const corpus = await openCorpus(folder.path, "latest", { warmupShare: 0, evalShare: 0 });
  return { corpus, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
});

corpusContract("in memory, for tests", async (segments) => ({
  corpus: new MemoryCorpus(segments),
  [Symbol.asyncDispose]: async () => undefined,
}));
