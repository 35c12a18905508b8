// Generated from the schema of the settings by `npm run gen`. Changes here are lost.

/** Any value of JSON. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | JsonValue[]
  | { [key: string]: JsonValue };

/** The policy that plays both roles. */
export type ModelSettings = {
  /**
   * Local folder, hub id, the alias `smollm2-135m`, or `run:<run>[@step]` for the trained weights
   * of a run (torch, torch+vllm and verl; without a step, its newest checkpoint). Paper: Qwen3
   * base models.
   *
   * string. Default `"Qwen/Qwen3-4B-Base"`; `demo` `"smollm2-135m"`.
   */
  id?: string | undefined;
  /**
   * Longest prompt and completion together, in tokens. The value of SPIRAL.
   *
   * integer, 64 or more. Default `12800`; `demo` `512`.
   */
  maxContextTokens?: number | undefined;
  /**
   * Number format of the matrix products. `auto`: bfloat16 if the processor computes it in
   * hardware, else float32.
   *
   * "auto", "float32", "bfloat16". Default `"auto"`.
   */
  computeDtype?: "auto" | "float32" | "bfloat16" | undefined;
  /**
   * Low-rank adapters; null trains all weights, as the paper does.
   *
   * { rank, alpha } or null. Default `null`.
   */
  lora?: {
    /**
     * Rank of the adapters.
     *
     * integer, 1 or more. Required.
     */
    rank: number;
    /**
     * Scaling: the adapter is multiplied by alpha / rank.
     *
     * number, above 0. Required.
     */
    alpha: number;
  } | null | undefined;
};

/** An entry of `corpus.readers`. */
export type CorpusReadersEntry = {
  /**
   * Module of the reader, for example `./my-reader.ts`; relative to the working directory.
   *
   * string. Required.
   */
  module: string;
  /**
   * Options; the module checks them when it is loaded.
   *
   * object. Default `{}`.
   */
  options?: Record<string, JsonValue> | undefined;
  /**
   * Endings of file names; null for the endings that the module declares.
   *
   * list of string or null. Default `null`.
   */
  endings?: string[] | null | undefined;
};

/** An entry of `corpus.sources`. */
export type CorpusSourcesEntry = {
  /**
   * Module of the source, for example `./my-source.ts`; relative to the working directory.
   *
   * string. Required.
   */
  module: string;
  /**
   * Options; the module checks them when it is loaded.
   *
   * object. Default `{}`.
   */
  options?: Record<string, JsonValue> | undefined;
};

/**
 * Documents for which tasks are written. The bounds of segments are set when documents are added.
 */
export type CorpusSettings = {
  /**
   * Folder of the corpus store, relative to the working directory.
   *
   * string. Default `"./corpus"`.
   */
  store?: string | undefined;
  /**
   * Snapshot id, or `latest`; the resolved id is recorded in the run.
   *
   * string. Default `"latest"`.
   */
  snapshot?: string | undefined;
  /**
   * Share of the split keys (factbook: countries) for the warm start.
   *
   * number, 0 or more, at most 1. Default `0`; `demo` `0.3`.
   */
  warmupShare?: number | undefined;
  /**
   * Share of the split keys for evaluation. The remaining keys are for self-play.
   *
   * number, 0 or more, at most 1. Default `0`.
   */
  evalShare?: number | undefined;
  /**
   * Longest segment, in tokens, for documents that are added; null: what the model's context
   * leaves, 5992 at most. A small model needs short segments.
   *
   * integer, 1 or more or null. Default `null`.
   */
  maxTokens?: number | null | undefined;
  /**
   * Kinds of document that are used, for example `facts`; empty for all.
   *
   * list of string. Default `[]`; `demo` `[ "facts" ]`.
   */
  kinds?: string[] | undefined;
  /**
   * Your own readers of file formats, for `spice corpus add`. They are asked before the built-in
   * readers (docs/own-code.md).
   *
   * list of { module, options, endings }. Default `[]`.
   */
  readers?: CorpusReadersEntry[] | undefined;
  /**
   * Options of your own sources, for `spice corpus add own:<module>` (docs/own-code.md).
   *
   * list of { module, options }. Default `[]`.
   */
  sources?: CorpusSourcesEntry[] | undefined;
};

/** An entry of `challenger.mix`. */
export type ChallengerMixEntry = {
  /** Format of the question. */
  format: {
    /** Multiple choice, four options. */
    kind: "mcq";
  } | {
    /** Free answer. */
    kind: "free";
    /**
     * Type of the answer (docs/verification.md).
     *
     * "integer", "number", "quantity", "expression", "string", "date", "boolean", "list", "set".
     * Required.
     */
    answerType: "integer" | "number" | "quantity" | "expression" | "string" | "date" | "boolean" | "list" | "set";
  };
  /**
   * Relative weight.
   *
   * number, above 0. Required.
   */
  share: number;
};

/** The role that reads a document and writes a task. */
export type ChallengerSettings = {
  /**
   * Prompt family: `paper`, or `small` for models that cannot follow the long prompts of the paper.
   * With `small-prose`, the model writes a sentence of the document and an answer in it, and
   * the program makes the question: for sentences without structured facts.
   *
   * "paper", "small", "small-prose". Default `"paper"`; `demo` `"small"`.
   */
  prompts?: "paper" | "small" | "small-prose" | undefined;
  /**
   * Folder with your own wording of prompts, relative to the working directory: one file for each
   * prompt (docs/own-code.md). The parser stays that of the family. config.json of a run has
   * the texts.
   *
   * string or { folder, sha256, texts } or null. Default `null`.
   */
  templates?: string | {
    /**
     * Folder that the texts were read from.
     *
     * string. Required.
     */
    folder: string;
    /**
     * SHA-256 over names and texts.
     *
     * string. Required.
     */
    sha256: string;
    /** Texts by the name of the prompt. */
    texts: Record<string, string>;
  } | null | undefined;
  /**
   * Documents of a step (B). Paper: B is 128 trajectories or prompts; 64 documents fit best.
   *
   * integer, 1 or more. Default `64`; `demo` `8`.
   */
  documentsPerStep?: number | undefined;
  /**
   * Number of proposals of a document that are trained (G). Paper: 8.
   *
   * integer, 2 or more. Default `8`; `demo` `8`.
   */
  groupSize?: number | undefined;
  /**
   * Largest number of proposals that are sampled for a document (N). Paper: 1024.
   *
   * integer, 2 or more. Default `1024`; `demo` `8`.
   */
  maxProposals?: number | undefined;
  /**
   * Number of proposals that are sampled or checked at the same time. When half of them have a
   * result, more are sampled, until the group is full and at least one proposal is valid.
   *
   * integer, 1 or more. Default `8`; `demo` `8`.
   */
  chunk?: number | undefined;
  /**
   * Sampling temperature. Paper: 1.
   *
   * number, 0 or more, at most 10. Default `1`.
   */
  temperature?: number | undefined;
  /**
   * Nucleus sampling; 1 is off. Oat and SPIRAL: 1.
   *
   * number, above 0, at most 1. Default `1`.
   */
  topP?: number | undefined;
  /**
   * Longest proposal, in tokens. Oat's math example: 4096.
   *
   * integer, 1 or more. Default `4096`; `demo` `48`.
   */
  maxTokens?: number | undefined;
  /**
   * Part of the document that a question asks about: the whole `document` (paper), or a `passage`,
   * which the seed picks. With `passage`, the answer must be in the passage. Needs `prompts:
   * small` or `small-prose`.
   *
   * "document", "passage". Default `"document"`; `demo` `"passage"`.
   */
  focus?: "document" | "passage" | undefined;
  /**
   * `model`: the model chooses the format from the document (paper). `mix`: the formats in the list
   * `mix`, spread evenly over the documents of a step.
   *
   * "model", "mix". Default `"model"`; `demo` `"mix"`.
   */
  format?: "model" | "mix" | undefined;
  /**
   * Formats and their weights. With `format: model`, the list is used when the choice of the model
   * cannot be read.
   *
   * list of { format, share }. Default `[ { "format": { "kind": "mcq" }, "share": 1 }, { "format":
   * { "kind": "free", "answerType": "integer" }, "share": 1 }, { "format": { "kind": "free",
   * "answerType": "expression" }, "share": 1 }, { "format": { "kind": "free", "answerType":
   * "string" }, "share": 1 } ]`; `demo` `[ { "format": { "kind": "mcq" }, "share": 7 }, {
   * "format": { "kind": "free", "answerType": "string" }, "share": 1 } ]`.
   */
  mix?: [ChallengerMixEntry, ...ChallengerMixEntry[]] | undefined;
};

/** The role that answers without the document. */
export type ReasonerSettings = {
  /**
   * Number of blind attempts on a task (K). Paper: 8.
   *
   * integer, 2 or more. Default `8`; `demo` `8`.
   */
  groupSize?: number | undefined;
  /**
   * A task gets no more attempts after this number if they agree and if the Reasoner does not train
   * on the task. null samples all attempts, as the paper does. Rewards stay unbiased
   * (docs/efficient-scoring.md). (experimental: tested, not used in a reported run)
   *
   * integer, 2 or more or null. Default `null`.
   */
  earlyStop?: number | null | undefined;
  /**
   * Sampling temperature. Paper: 1.
   *
   * number, 0 or more, at most 10. Default `1`.
   */
  temperature?: number | undefined;
  /**
   * Nucleus sampling; 1 is off. Oat and SPIRAL: 1.
   *
   * number, above 0, at most 1. Default `1`.
   */
  topP?: number | undefined;
  /**
   * Longest attempt, in tokens. Oat's math example: 4096.
   *
   * integer, 1 or more. Default `4096`; `demo` `16`.
   */
  maxTokens?: number | undefined;
};

/**
 * Document checks: they run once for each segment. A finding applies to all proposals of the
 * segment.
 */
export type AdmissionDocumentSettings = {
  /**
   * The document's license is in `licenses`. The document is not opted out of training.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  license?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * The text has no hidden parts: zero-width characters in words, overridden direction, invisible
   * tags, hidden markup.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  hiddenText?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * The text has no instruction to a model (`ignore previous instructions`).
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  instructions?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * The text contains no keys or tokens.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  secrets?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * The text contains no e-mail addresses, telephone numbers, card numbers, account numbers or
   * national identity numbers.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"count"`.
   */
  personalData?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * The text is readable: no remains of markup, no repeated lines, 8 words or more.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"count"`.
   */
  quality?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * Allowed licenses: SPDX ids, or the names that the source uses; `any` allows all.
   *
   * list of string. Default `[ "any" ]`.
   */
  licenses?: string[] | undefined;
};

/**
 * Tasks that repeat an item of a registered evaluation set: exactly, in part, or in other words.
 */
export type AdmissionContaminationSettings = {
  /**
   * No task may repeat an item of `sets`. Neither the task nor its document may contain a
   * contamination marker. Words in a row that the question quotes from its document do not
   * count.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  check?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * Evaluation sets: .jsonl or .jsonl.gz files with a question and an answer on each line. Their
   * digests are recorded in the run.
   *
   * list of string. Default `[]`.
   */
  sets?: string[] | undefined;
  /**
   * Contamination markers: texts that mark data which must not be trained on.
   *
   * list of string. Default `[]`.
   */
  canaries?: string[] | undefined;
  /**
   * Number of consecutive equal words that count as shared. Tulu 3: 8. 13 shared words alone are a
   * finding (GPT-3).
   *
   * integer, 5 or more, at most 32. Default `8`.
   */
  ngram?: number | undefined;
  /**
   * Smallest share of the question's words that are shared with an item, for a finding. Tulu 3:
   * half.
   *
   * number, above 0, at most 1. Default `0.5`.
   */
  coverage?: number | undefined;
};

/**
 * Tasks that repeat an earlier task of the run in other words, found with MinHash. Paper: not
 * checked.
 */
export type AdmissionNearDuplicatesSettings = {
  /**
   * No task may ask in other words what a task of an earlier step asked, or what a task of an
   * earlier document of the same step asked.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  check?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * Smallest Jaccard index of the content words, with the answer, at which two tasks count as
   * equal.
   *
   * number, above 0, at most 1. Default `0.75`.
   */
  similarity?: number | undefined;
};

/**
 * Limits that prevent tasks about only a few documents or answers. Paper: none. (experimental:
 * tested, not used in a reported run)
 */
export type AdmissionCapsSettings = {
  /**
   * A document may have admitted tasks in at most `caps.stepsPerDocument` steps. An answer may be
   * used at most `caps.stepsPerAnswer` times. All tasks of one document in one step with the
   * same answer count as one use. (experimental: tested, not used in a reported run)
   *
   * "off", "count", "refuse" or boolean. Default `"off"`.
   */
  check?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * Largest number of steps in which a document may give tasks; 0: no limit. (experimental: tested,
   * not used in a reported run)
   *
   * integer, 0 or more. Default `0`.
   */
  stepsPerDocument?: number | undefined;
  /**
   * Largest number of uses of an answer; a use is a step and document with a task that has the
   * answer. 0: no limit. (experimental: tested, not used in a reported run)
   *
   * integer, 0 or more. Default `0`.
   */
  stepsPerAnswer?: number | undefined;
};

/** An entry of `admission.own`. */
export type AdmissionOwnEntry = {
  /**
   * Module of the check, for example `./my-check.ts`; relative to the working directory.
   *
   * string. Required.
   */
  module: string;
  /**
   * Options; the module checks them when it is loaded.
   *
   * object. Default `{}`.
   */
  options?: Record<string, JsonValue> | undefined;
  /**
   * `off`, `count` or `refuse`.
   *
   * "off", "count", "refuse". Default `"refuse"`.
   */
  severity?: "off" | "count" | "refuse" | undefined;
};

/**
 * The Reasoner sees the options without the question. It must not choose the right option. Paper:
 * not checked. (experimental: tested, not used in a reported run)
 */
export type AdmissionOptionsOnlySettings = {
  /**
   * Attempts with the options alone, in a new order each; 0 switches the check off. (experimental:
   * tested, not used in a reported run)
   *
   * integer, 0 or more, at most 64. Default `0`.
   */
  attempts?: number | undefined;
  /**
   * Number of these attempts that may reach the gold answer; null: the number that chance explains
   * at the 5 % level, if each attempt is right with probability 1/4. (experimental: tested,
   * not used in a reported run)
   *
   * integer, 0 or more, at most 64 or null. Default `null`.
   */
  allowed?: number | null | undefined;
  /**
   * Sampling temperature of the check. (experimental: tested, not used in a reported run)
   *
   * number, 0 or more, at most 10. Default `1`.
   */
  temperature?: number | undefined;
  /**
   * `refuse`, or `count`: the proposal continues, and its record contains the finding.
   * (experimental: tested, not used in a reported run)
   *
   * "count", "refuse". Default `"refuse"`.
   */
  severity?: "count" | "refuse" | undefined;
};

/**
 * For tasks with a free answer. The Reasoner sees the question without the name of its subject. It
 * must not give the gold answer. Paper: not checked. (experimental: tested, not used in a
 * reported run)
 */
export type AdmissionSubjectBlindSettings = {
  /**
   * Attempts with the subject masked; 0 switches the check off. (experimental: tested, not used in
   * a reported run)
   *
   * integer, 0 or more, at most 64. Default `0`.
   */
  attempts?: number | undefined;
  /**
   * Number of these attempts that may reach the gold answer; null: the number that chance explains
   * at the 5 % level, if each attempt is right with probability 1/4. (experimental: tested,
   * not used in a reported run)
   *
   * integer, 0 or more, at most 64 or null. Default `null`.
   */
  allowed?: number | null | undefined;
  /**
   * Sampling temperature of the check. (experimental: tested, not used in a reported run)
   *
   * number, 0 or more, at most 10. Default `1`.
   */
  temperature?: number | undefined;
  /**
   * `refuse`, or `count`: the proposal continues, and its record contains the finding.
   * (experimental: tested, not used in a reported run)
   *
   * "count", "refuse". Default `"refuse"`.
   */
  severity?: "count" | "refuse" | undefined;
};

/** The Reasoner must give the gold answer when it reads the document. Paper: not checked. */
export type AdmissionOpenBookSettings = {
  /**
   * Attempts with the document; 0 switches the check off.
   *
   * integer, 0 or more, at most 64. Default `0`; `demo` `4`.
   */
  attempts?: number | undefined;
  /**
   * Number of these attempts that must reach the gold answer.
   *
   * integer, 0 or more, at most 64. Default `0`; `demo` `3`.
   */
  required?: number | undefined;
  /**
   * Sampling temperature of the check.
   *
   * number, 0 or more, at most 10. Default `1`.
   */
  temperature?: number | undefined;
  /**
   * `refuse`, or `count`: the proposal continues, and its record contains the finding.
   *
   * "count", "refuse". Default `"refuse"`.
   */
  severity?: "count" | "refuse" | undefined;
};

/**
 * The Reasoner reads the document and the same question in a prompt with other words. It must give
 * the gold answer. Paper: not checked. (experimental: tested, not used in a reported run)
 */
export type AdmissionParaphraseSettings = {
  /**
   * Attempts with the document and another prompt; 0 switches the check off. (experimental: tested,
   * not used in a reported run)
   *
   * integer, 0 or more, at most 64. Default `0`.
   */
  attempts?: number | undefined;
  /**
   * Number of these attempts that must reach the gold answer. (experimental: tested, not used in a
   * reported run)
   *
   * integer, 0 or more, at most 64. Default `0`.
   */
  required?: number | undefined;
  /**
   * Sampling temperature of the check. (experimental: tested, not used in a reported run)
   *
   * number, 0 or more, at most 10. Default `1`.
   */
  temperature?: number | undefined;
  /**
   * `refuse`, or `count`: the proposal continues, and its record contains the finding.
   * (experimental: tested, not used in a reported run)
   *
   * "count", "refuse". Default `"refuse"`.
   */
  severity?: "count" | "refuse" | undefined;
};

/**
 * Checks of documents and proposals. Severities: `off`, `count` (the finding is recorded with the
 * proposal and in a metric) or `refuse`. The paper requires only that a proposal parses.
 * docs/admission.md explains each check.
 */
export type AdmissionSettings = {
  /**
   * Document checks: they run once for each segment. A finding applies to all proposals of the
   * segment.
   */
  document?: AdmissionDocumentSettings | undefined;
  /**
   * Every quote must stand in the segment. An answer without quotes must stand in the focus, or in
   * the segment when there is no focus. Paper: not checked.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  evidence?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * Wrong options must be of the answer's kind: words, a date, a number with the same unit. Paper:
   * asked for in the prompt, not checked.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  optionKinds?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * The answer must not be much longer than every other option. Paper: asked for in the prompt, not
   * checked.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  optionLength?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * Where all options are numbers, the answer must not stand out. It must not be the only precise
   * number. It must not be ten times larger or smaller than all wrong options. When the steps
   * between the wrong options are equal (10, 20, 30), the answer must continue these steps.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  optionPattern?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * The answer must not be the only option that stands in the document. Do not switch this check on
   * where wrong options come from other documents. (experimental: tested, not used in a
   * reported run)
   *
   * "off", "count", "refuse" or boolean. Default `"off"`.
   */
  optionVerbatim?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * When the answer is an item of a list in the document, no wrong option may be another item of
   * that list. Paper: not checked.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  optionTruth?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * The question must be whole: with a mark at its end when it begins with a capital letter, and
   * without an end like `of the` or a part of a word. Paper: not checked.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  incomplete?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * The question must name the document's subject, when it has one. Paper: not checked.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  subject?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * The question must not refer to `the text` or `the table above`. Paper: asked for in the prompt,
   * not checked.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  documentReference?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * The question must not refer to words outside the question: `this country`, `it`, `the
   * following`. Paper: asked for in the prompt, not checked.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  deixis?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * A question without a name must not speak of a thing that only the text makes known: `the
   * company`, `the speaker`, `the population in 2011`, `the value of x`. Paper: asked for in
   * the prompt, not checked.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  needsText?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * The question must not contain the answer in any of these forms: as written, with the words in
   * another order, as a number word, as a plural, inside a longer word. Answers of yes/no
   * questions and choices that the question names are no leaks. Paper: not checked.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  leak?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * The question must not offer its answer as one of several choices: `Which is larger, 7 or 9?`.
   * Such a question is no answer leak. Paper: not checked.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"count"`.
   */
  choice?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * When the words of the question ask for a number, a time or a name, the answer must be of that
   * kind.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  answerKind?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * The words of a short answer (at most six words) must stand in its evidence, or its number must
   * follow from numbers of the evidence by one operation. When the question quotes a sentence
   * with a gap, the sentence with the answer in the gap must stand in the document. Paper: not
   * checked.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  derivable?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * Where lines have labels (`Capital: ...`), the evidence must be the line that the question asks
   * about.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  alignment?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * The document must not contain a second answer: another item of a list, a value of another year
   * or unit, a second line with the same label.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  ambiguity?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * Question, answer and options contain no instruction to a model.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  instructions?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * Question, answer and options contain no keys or tokens.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  secrets?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * Question, answer and options contain no e-mail addresses, telephone numbers, card numbers,
   * account numbers or national identity numbers. Of a question with a gap, the sentence is
   * searched too.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  personalData?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * No task may repeat a task of an earlier step, or of an earlier document of the same step.
   * Paper: not checked.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  duplicates?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * No task may ask a question that was admitted in the run with another gold answer. Letter case
   * and punctuation are ignored. Paper: not checked.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  conflicts?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * A task is refused when an earlier step admitted a task with the same answer about the same
   * document. For a question that quotes a sentence with a gap, only the segment counts.
   * Paper: not checked.
   *
   * "off", "count", "refuse" or boolean. Default `"off"`; `demo` `"refuse"`.
   */
  sameFact?: "off" | "count" | "refuse" | boolean | undefined;
  /**
   * Tasks that repeat an item of a registered evaluation set: exactly, in part, or in other words.
   */
  contamination?: AdmissionContaminationSettings | undefined;
  /**
   * Tasks that repeat an earlier task of the run in other words, found with MinHash. Paper: not
   * checked.
   */
  nearDuplicates?: AdmissionNearDuplicatesSettings | undefined;
  /**
   * Limits that prevent tasks about only a few documents or answers. Paper: none. (experimental:
   * tested, not used in a reported run)
   */
  caps?: AdmissionCapsSettings | undefined;
  /**
   * Equal tasks among the proposals of a document: `distinct` refuses all but the first, `any`
   * admits them (paper). They share their attempts. A question with a gap that differs in its
   * wrong options alone is a repeat for `duplicates` with both values.
   *
   * "distinct", "any". Default `"any"`.
   */
  siblings?: "distinct" | "any" | undefined;
  /**
   * Your own checks. They run in this order, after the pure checks and before the checks of repeats
   * (docs/own-code.md). (experimental: tested, not used in a reported run)
   *
   * list of { module, options, severity }. Default `[]`.
   */
  own?: AdmissionOwnEntry[] | undefined;
  /**
   * The Reasoner sees the options without the question. It must not choose the right option. Paper:
   * not checked. (experimental: tested, not used in a reported run)
   */
  optionsOnly?: AdmissionOptionsOnlySettings | undefined;
  /**
   * For tasks with a free answer. The Reasoner sees the question without the name of its subject.
   * It must not give the gold answer. Paper: not checked. (experimental: tested, not used in a
   * reported run)
   */
  subjectBlind?: AdmissionSubjectBlindSettings | undefined;
  /** The Reasoner must give the gold answer when it reads the document. Paper: not checked. */
  openBook?: AdmissionOpenBookSettings | undefined;
  /**
   * The Reasoner reads the document and the same question in a prompt with other words. It must
   * give the gold answer. Paper: not checked. (experimental: tested, not used in a reported
   * run)
   */
  paraphrase?: AdmissionParaphraseSettings | undefined;
};

/** Reward of the Challenger. The reward of the Reasoner is 1 for a correct answer, else 0. */
export type RewardSettings = {
  /**
   * `variance`: from the variance of the blind attempts (paper). `two_arm`: 0.6 x a score of the
   * blind pass rate, highest from 0.4 to 0.6, + 0.4 x the gain in pass rate with the document
   * (SPADE, arXiv 2608.19197); needs `admission.openBook`. `own`: your own formula in
   * `module`. (`two_arm` is experimental: tested, not used in a reported run)
   *
   * "variance", "two_arm", "own". Default `"variance"`.
   */
  kind?: "variance" | "two_arm" | "own" | undefined;
  /**
   * Module with your own formula, for `kind: own` (docs/own-code.md).
   *
   * string or null. Default `null`.
   */
  module?: string | null | undefined;
  /**
   * Options of that module.
   *
   * object. Default `{}`.
   */
  options?: Record<string, JsonValue> | undefined;
  /**
   * Width of the Gaussian over the variance of the attempts. Paper: sigma squared is 0.01.
   *
   * number, above 0. Default `0.1`.
   */
  sigma?: number | undefined;
  /**
   * Reward of an invalid proposal (rho). Paper: -0.1.
   *
   * number. Default `-0.1`; `demo` `-0.5`.
   */
  invalid?: number | undefined;
};

/**
 * math-verify in its own processes. It never changes a reward. (experimental: tested, not used in a
 * reported run)
 */
export type VerificationSecondOpinionSettings = {
  /**
   * `measure` counts disagreements. `review` also writes them to the review.jsonl of the run. Needs
   * `spice trainer install grader`. (experimental: tested, not used in a reported run)
   *
   * "off", "measure", "review". Default `"off"`.
   */
  mode?: "off" | "measure" | "review" | undefined;
  /**
   * Share of the answers that math-verify also verifies, among the answer types that it supports.
   * The seed picks them. (experimental: tested, not used in a reported run)
   *
   * number, 0 or more, at most 1. Default `0.1`.
   */
  share?: number | undefined;
  /**
   * Number of processes of math-verify. (experimental: tested, not used in a reported run)
   *
   * integer, 1 or more, at most 64. Default `1`.
   */
  workers?: number | undefined;
  /**
   * Time limit for one pair, in milliseconds. The process is killed after it. The default of
   * math-verify itself. (experimental: tested, not used in a reported run)
   *
   * integer, 100 or more. Default `5000`.
   */
  timeoutMs?: number | undefined;
};

/**
 * A language model for answers of type `string`. (experimental: tested, not used in a reported run)
 */
export type VerificationJudgeSettings = {
  /**
   * `doubt` only records disagreements. `rescue` may change `wrong` to `correct`, after a test that
   * the judge refuses empty answers. (experimental: tested, not used in a reported run)
   *
   * "off", "doubt", "rescue". Default `"off"`.
   */
  mode?: "off" | "doubt" | "rescue" | undefined;
  /**
   * OpenAI-compatible endpoint, for example `http://127.0.0.1:8000/v1`. (experimental: tested, not
   * used in a reported run)
   *
   * string or null. Default `null`.
   */
  baseUrl?: string | null | undefined;
  /**
   * Name of the model at the endpoint. (experimental: tested, not used in a reported run)
   *
   * string or null. Default `null`.
   */
  model?: string | null | undefined;
  /**
   * Name of the environment variable that contains the key of the endpoint; null for none.
   * (experimental: tested, not used in a reported run)
   *
   * string or null. Default `null`.
   */
  keyVariable?: string | null | undefined;
  /**
   * Share of the `string` answers that the judge also judges with `doubt`. The seed picks them.
   * (experimental: tested, not used in a reported run)
   *
   * number, 0 or more, at most 1. Default `0.1`.
   */
  share?: number | undefined;
  /**
   * Largest number of simultaneous requests. (experimental: tested, not used in a reported run)
   *
   * integer, 1 or more, at most 256. Default `4`.
   */
  concurrency?: number | undefined;
  /**
   * Time limit of a request, in milliseconds. (experimental: tested, not used in a reported run)
   *
   * integer, 100 or more. Default `30000`.
   */
  timeoutMs?: number | undefined;
  /**
   * `rescue`: the run stops (exit 4) when more than this share of the positive rewards of a step
   * comes from the judge. (experimental: tested, not used in a reported run)
   *
   * number, 0 or more, at most 1. Default `0.1`.
   */
  maxShare?: number | undefined;
};

/** Verifiers in addition to the typed rules (docs/truth.md). The paper has none. */
export type VerificationSettings = {
  /**
   * math-verify in its own processes. It never changes a reward. (experimental: tested, not used in
   * a reported run)
   */
  secondOpinion?: VerificationSecondOpinionSettings | undefined;
  /**
   * A language model for answers of type `string`. (experimental: tested, not used in a reported
   * run)
   */
  judge?: VerificationJudgeSettings | undefined;
};

/** Policy-gradient loss, in the explicit form that is sent, logged and digested. */
export type TrainLossSettings = {
  /**
   * Loss family. Self-play uses only this family.
   *
   * "policy_gradient". Default `"policy_gradient"`.
   */
  kind?: "policy_gradient" | undefined;
  /**
   * Form of the surrogate. The paper gives no loss per token; Dr. GRPO in Oat clips per token.
   *
   * "ppo_clip", "cispo", "plain". Default `"ppo_clip"`.
   */
  surrogate?: "ppo_clip" | "cispo" | "plain" | undefined;
  /**
   * Level of the probability ratio.
   *
   * "token", "sequence", "none". Default `"token"`.
   */
  ratio?: "token" | "sequence" | "none" | undefined;
  /**
   * Divisor of the current probability in the ratio. With `current` and one update for each batch,
   * the ratio is exactly 1.
   *
   * "old", "behaviour", "current". Default `"current"`.
   */
  ratioBaseline?: "old" | "behaviour" | "current" | undefined;
  /**
   * Distance of the lower clip bound from 1. Oat's default.
   *
   * number, 0 or more, at most 1. Default `0.2`.
   */
  clipLow?: number | undefined;
  /**
   * Distance of the upper clip bound from 1. Oat's default; 0.28 is clip-higher.
   *
   * number, 0 or more. Default `0.2`.
   */
  clipHigh?: number | undefined;
  /**
   * Bound of the loss for negative advantages; null for none.
   *
   * number, above 1 or null. Default `null`.
   */
  dualClip?: number | null | undefined;
  /**
   * Importance correction between the policy that sampled and the policy that trains.
   *
   * "none", "token_truncate", "sequence_truncate", "token_mask", "sequence_mask", "geometric_mask".
   * Default `"token_truncate"`.
   */
  correction?: "none" | "token_truncate" | "sequence_truncate" | "token_mask" | "sequence_mask" | "geometric_mask" | undefined;
  /**
   * Lower bound of the correction factor.
   *
   * number, 0 or more. Default `0`.
   */
  correctionLow?: number | undefined;
  /**
   * Upper bound of the correction factor. Oat v0.2.3 truncates at 2.
   *
   * number, above 0. Default `2`.
   */
  correctionHigh?: number | undefined;
  /**
   * Estimator of the KL to the reference. Paper: no KL.
   *
   * "none", "k1", "k2", "k3". Default `"none"`.
   */
  kl?: "none" | "k1" | "k2" | "k3" | undefined;
  /**
   * Weight of the KL term. Paper: 0.
   *
   * number, 0 or more. Default `0`.
   */
  klCoefficient?: number | undefined;
  /**
   * Bound of the log-ratio inside the KL term; null for none.
   *
   * number, above 0 or null. Default `null`.
   */
  klClamp?: number | null | undefined;
  /**
   * Weight of the entropy bonus. The paper mentions no entropy bonus.
   *
   * number, 0 or more. Default `0`.
   */
  entropyCoefficient?: number | undefined;
};

/** Optimizer and loss of the joint update. */
export type TrainSettings = {
  /**
   * AdamW learning rate, constant. Paper: 1e-6. 0 is a control run.
   *
   * number, 0 or more. Default `0.000001`; `demo` `0.00003`.
   */
  learningRate?: number | undefined;
  /**
   * Decay of the first moment. Oat's default.
   *
   * number, 0 or more, below 1. Default `0.9`.
   */
  beta1?: number | undefined;
  /**
   * Decay of the second moment. Oat's default.
   *
   * number, 0 or more, below 1. Default `0.95`.
   */
  beta2?: number | undefined;
  /**
   * Added to the root of the second moment.
   *
   * number, above 0. Default `1e-8`.
   */
  epsilon?: number | undefined;
  /**
   * Decoupled weight decay. Oat's default.
   *
   * number, 0 or more. Default `0`.
   */
  weightDecay?: number | undefined;
  /**
   * Largest global gradient norm; a larger gradient is scaled down. null for no limit. Oat's
   * default.
   *
   * number, above 0 or null. Default `1`.
   */
  maxGradNorm?: number | null | undefined;
  /** Policy-gradient loss, in the explicit form that is sent, logged and digested. */
  loss?: TrainLossSettings | undefined;
  /**
   * The run stops (exit 4) after this number of steps in a row without any gradient; null for
   * never. A step has no gradient when no group has variance, for example when no proposal is
   * admitted.
   *
   * integer, 1 or more or null. Default `10`.
   */
  stopWhenIdle?: number | null | undefined;
  /**
   * Roles that are trained. A single role is an ablation of the paper.
   *
   * list of "challenger", "reasoner". Default `[ "challenger", "reasoner" ]`.
   */
  roles?: ("challenger" | "reasoner")[] | undefined;
};

/** Supervised warm start before step 1. */
export type WarmupSettings = {
  /**
   * True to teach the formats before step 1, on documents that self-play never uses. The paper has
   * no warm start.
   *
   * boolean. Default `false`; `demo` `true`.
   */
  enabled?: boolean | undefined;
  /**
   * Where the tasks of the warm start come from, best first: structured `facts` of the documents,
   * `pairs` that you give, tasks `mined` from sentences without a model. A document uses the
   * first source that gives it any task.
   *
   * list of "facts", "pairs", "mined". Default `[ "facts", "pairs", "mined" ]`.
   */
  sources?: ("facts" | "pairs" | "mined")[] | undefined;
  /**
   * JSONL file with `text`, `question` and `answer` on each line, and perhaps `type`, `wrong` and
   * `title` (docs/your-documents.md); null for none.
   *
   * string or null. Default `null`.
   */
  pairs?: string | null | undefined;
  /**
   * Optimizer steps of the warm start.
   *
   * integer, 0 or more. Default `0`; `demo` `12`.
   */
  steps?: number | undefined;
  /**
   * The warm start has fewer steps when they would teach each task of its documents more often than
   * this. A small model that is taught few tasks many times writes their answers about every
   * document; null for no limit, for example for a model with random weights. `spice init`
   * writes 3.
   *
   * integer, 1 or more or null. Default `null`.
   */
  maxRepeats?: number | null | undefined;
  /**
   * Documents of a warm-start step.
   *
   * integer, 1 or more. Default `8`; `demo` `3`.
   */
  documentsPerStep?: number | undefined;
  /**
   * Peak AdamW learning rate of the warm start. It is reached after three steps and then falls
   * linearly until the end.
   *
   * number, 0 or more. Default `0.00001`; `demo` `0.0002`.
   */
  learningRate?: number | undefined;
};

/** The trainer of the model. */
export type TrainerSettings = {
  /**
   * Trainer to run: a name of `spice trainer list`.
   *
   * string. Default `"torch"`.
   */
  kind?: string | undefined;
  /**
   * `host:port` or `unix:///path` of a trainer that already runs; null starts one.
   *
   * string or null. Default `null`.
   */
  address?: string | null | undefined;
  /**
   * Mutual TLS to a trainer on another machine: paths of PEM files (docs/security.md); null for no
   * TLS.
   *
   * { ca, cert, key, serverName } or null. Default `null`.
   */
  tls?: {
    /**
     * PEM file of the authority that signed the trainer's certificate.
     *
     * string. Required.
     */
    ca: string;
    /**
     * PEM file of this side's certificate.
     *
     * string. Required.
     */
    cert: string;
    /**
     * PEM file of the key of `cert`, mode 0600.
     *
     * string. Required.
     */
    key: string;
    /**
     * Name in the trainer's certificate; default: the host of `address`.
     *
     * string.
     */
    serverName?: string | undefined;
  } | null | undefined;
  /**
   * Largest number of restarts of a lost trainer without a committed step between them; 0 for none.
   *
   * integer, 0 or more. Default `3`.
   */
  maxRestarts?: number | undefined;
  /**
   * Settings of the engine. The trainer checks them against the schema that it declares.
   *
   * object. Default `{}`.
   */
  engine?: Record<string, JsonValue> | undefined;
};

/** An entry of `run.sinks`. */
export type RunSinksEntry = {
  /**
   * Module of the sink, for example `./my-sink.ts`; relative to the working directory.
   *
   * string. Required.
   */
  module: string;
  /**
   * Options; the module checks them when it is loaded.
   *
   * object. Default `{}`.
   */
  options?: Record<string, JsonValue> | undefined;
};

/** The run directory, and limits that stop a run. */
export type RunSettings = {
  /**
   * Folder of the run directories, relative to the working directory.
   *
   * string. Default `"./runs"`.
   */
  dir?: string | undefined;
  /**
   * Steps from one checkpoint to the next. The last step always has a checkpoint; with 0, no other
   * step has one.
   *
   * integer, 0 or more. Default `20`; `demo` `8`.
   */
  saveEverySteps?: number | undefined;
  /**
   * Number of checkpoints that are kept, newest first.
   *
   * integer, 1 or more. Default `2`; `demo` `1`.
   */
  keepCheckpoints?: number | undefined;
  /**
   * Recorded batches that are kept: `all`, or with `checkpoint` the batches after the oldest kept
   * checkpoint. A batch of the paper's size takes about 20 MB.
   *
   * "all", "checkpoint". Default `"all"`.
   */
  keepBatches?: "all" | "checkpoint" | undefined;
  /**
   * Number of times that a sample which the engine lost is repeated, with the same seed, before it
   * counts as lost.
   *
   * integer, 0 or more, at most 10. Default `2`.
   */
  sampleRetries?: number | undefined;
  /**
   * The run stops (exit 4) when the engine loses more than this share of the samples of a step.
   *
   * number, 0 or more, at most 1. Default `0.1`.
   */
  maxInfrastructureShare?: number | undefined;
  /**
   * Your own sinks: modules that get the metrics of each step (docs/own-code.md).
   *
   * list of { module, options }. Default `[]`.
   */
  sinks?: RunSinksEntry[] | undefined;
  /**
   * Longest call of your own reward or check, in milliseconds.
   *
   * integer, 10 or more. Default `1000`.
   */
  ownCodeTimeoutMs?: number | undefined;
  /**
   * Longest time to load a module of yours, and longest call of your own reader, source or sink, in
   * milliseconds.
   *
   * integer, 100 or more. Default `60000`.
   */
  ownCodeReadTimeoutMs?: number | undefined;
};

/**
 * The settings of a configuration file. All are optional, and a preset or another file has the
 * remaining settings. docs/configuration.md has the same texts on one page.
 */
export type UserConfig = {
  /**
   * A configuration file to start from; the path is relative to this file.
   *
   * string.
   */
  extends?: string | undefined;
  /**
   * Name of the experiment; part of the run directory's name.
   *
   * string. Default `"spice"`; `demo` `"demo"`.
   */
  name?: string | undefined;
  /**
   * Defaults to start from: `spice` follows the paper, `demo` runs on two cores, where a step takes
   * minutes.
   *
   * "spice", "demo". Default `"spice"`.
   */
  preset?: "spice" | "demo" | undefined;
  /**
   * Seed of all samples and of all picks.
   *
   * integer, 0 or more, at most 4294967295. Default `1`.
   */
  seed?: number | undefined;
  /**
   * Training steps (T). Paper: 640.
   *
   * integer, 1 or more. Default `640`; `demo` `15`.
   */
  steps?: number | undefined;
  /** The policy that plays both roles. */
  model?: ModelSettings | undefined;
  /**
   * Documents for which tasks are written. The bounds of segments are set when documents are added.
   */
  corpus?: CorpusSettings | undefined;
  /** The role that reads a document and writes a task. */
  challenger?: ChallengerSettings | undefined;
  /** The role that answers without the document. */
  reasoner?: ReasonerSettings | undefined;
  /**
   * Checks of documents and proposals. Severities: `off`, `count` (the finding is recorded with the
   * proposal and in a metric) or `refuse`. The paper requires only that a proposal parses.
   * docs/admission.md explains each check.
   */
  admission?: AdmissionSettings | undefined;
  /** Reward of the Challenger. The reward of the Reasoner is 1 for a correct answer, else 0. */
  reward?: RewardSettings | undefined;
  /** Verifiers in addition to the typed rules (docs/truth.md). The paper has none. */
  verification?: VerificationSettings | undefined;
  /** Optimizer and loss of the joint update. */
  train?: TrainSettings | undefined;
  /** Supervised warm start before step 1. */
  warmup?: WarmupSettings | undefined;
  /** The trainer of the model. */
  trainer?: TrainerSettings | undefined;
  /** The run directory, and limits that stop a run. */
  run?: RunSettings | undefined;
};
