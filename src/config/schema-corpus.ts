import { z } from "zod";
import { share } from "./schema-numbers.js";
import { moduleOptions, modulePath } from "./schema-own-code.js";

/** `corpus`: the documents, their parts and your own readers and sources. */
export const corpusSchema = z
  .strictObject({
    store: z
      .string()
      .min(1)
      .default("./corpus")
      .describe("Folder of the corpus store, relative to the working directory."),
    snapshot: z
      .string()
      .min(1)
      .default("latest")
      .describe("Snapshot id, or `latest`; the resolved id is recorded in the run."),
    warmupShare: share
      .default(0)
      .describe("Share of the split keys (factbook: countries) for the warm start."),
    evalShare: share
      .default(0)
      .describe("Share of the split keys for evaluation. The remaining keys are for self-play."),
    maxTokens: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe(
        "Longest segment, in tokens, for documents that are added; null: what the model's context leaves, 5992 at most. A small model needs short segments.",
      ),
    kinds: z
      .array(z.string().min(1))
      .default([])
      .describe("Kinds of document that are used, for example `facts`; empty for all."),
    readers: z
      .array(
        z.strictObject({
          module: modulePath("reader"),
          options: moduleOptions(),
          endings: z
            .array(z.string().regex(/^\.[^/\\]+$/, "must begin with a dot"))
            .nullable()
            .default(null)
            .describe("Endings of file names; null for the endings that the module declares."),
        }),
      )
      .default([])
      .describe(
        "Your own readers of file formats, for `spice corpus add`. They are asked before the built-in readers (docs/own-code.md).",
      ),
    sources: z
      .array(z.strictObject({ module: modulePath("source"), options: moduleOptions() }))
      .default([])
      .describe("Options of your own sources, for `spice corpus add own:<module>` (docs/own-code.md)."),
  })
  .describe(
    "Documents for which tasks are written. The bounds of segments are set when documents are added.",
  );
