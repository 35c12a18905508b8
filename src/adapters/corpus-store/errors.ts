import { SpiceError } from "../../app/errors.js";

/** The error for a file of the store that does not match its digest or its length. */
export function damagedCorpus(message: string, where: string, cause?: unknown): SpiceError {
  return new SpiceError(message, {
    code: "CORPUS_DAMAGED",
    boundary: "corpus",
    where,
    hint: "Delete the store and add the sources again (`spice corpus add`): the same sources give the same snapshot id.",
    exit: 5,
    cause,
  });
}

/** The error for a missing store or snapshot. */
export function corpusNotFound(message: string, where: string): SpiceError {
  return new SpiceError(message, {
    code: "CORPUS_NOT_FOUND",
    boundary: "corpus",
    where,
    hint: "Create a corpus with `spice corpus add <folder>`, or set corpus.store and corpus.snapshot (`spice corpus list`).",
    exit: 2,
  });
}

/** The error for a kind of document that a snapshot does not have. */
export function kindNotFound(kind: string, kinds: readonly string[], where: string): SpiceError {
  return new SpiceError(`The corpus has no documents of kind ${kind}; it has ${kinds.join(", ")}.`, {
    code: "CORPUS_NOT_FOUND",
    boundary: "corpus",
    where,
    hint: `Set corpus.kinds to kinds that it has (-s 'corpus.kinds=${JSON.stringify(kinds)}'), or to [] for all.`,
    exit: 2,
  });
}
