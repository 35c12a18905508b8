import { SpiceError } from "../../app/errors.js";
import type { OwnKind } from "../../core/records/own-code.js";
import type { Failure } from "./messages.js";

/** A module of the user, for errors. */
export interface Named {
  readonly kind: OwnKind;
  /** Setting or argument that names the module: `reward.module`. */
  readonly setting: string;
  /** Path as the configuration has it. */
  readonly module: string;
}

const placeIn = ({ setting, module }: Named, place: string | null): string => {
  const line = place === null ? "" : place.slice(place.lastIndexOf("/") + 1).replace(/^[^:]*/, "");
  return `${setting} → ${module}${line}`;
};

/** The file of a module does not exist. */
export function missing(named: Named): SpiceError {
  return new SpiceError(`There is no file for the ${named.kind}.`, {
    code: "OWN_CODE_MISSING",
    boundary: "own-code",
    where: placeIn(named, null),
    hint: "The path is relative to the working directory. Correct it, or run the command in the other folder.",
    exit: 2,
  });
}

/** A call did not end in time. The thread was ended. */
export function timedOut(named: Named, method: string, timeoutMs: number, setting: string): SpiceError {
  return new SpiceError(
    `The ${named.kind} did not end \`${method}\` within ${timeoutMs} ms. It may be in an endless loop.`,
    {
      code: "OWN_CODE_TIMEOUT",
      boundary: "own-code",
      where: placeIn(named, null),
      hint: `Look for the loop; a call that takes longer needs a higher ${setting}. A run with committed steps is kept.`,
      exit: 2,
    },
  );
}

/** The thread of a module ended by itself. */
export function ended(named: Named, reason: string): SpiceError {
  return new SpiceError(`The ${named.kind} ended its thread: ${reason}.`, {
    code: "OWN_CODE_ENDED",
    boundary: "own-code",
    where: placeIn(named, null),
    hint: "The code must not call process.exit, and must fit into memory.",
    exit: 2,
  });
}

/** The error for a failed call. */
export function failed(named: Named, { kind, message, place }: Failure): SpiceError {
  const where = placeIn(named, place);
  switch (kind) {
    case "load":
      return new SpiceError(`The file of the ${named.kind} could not be loaded: ${message}`, {
        code: "OWN_CODE_LOAD",
        boundary: "own-code",
        where,
        hint: "Correct the file. `spice own-code test <file>` loads it without a run.",
        exit: 2,
      });
    case "shape":
      return new SpiceError(`The file is not a ${named.kind}. ${message}`, {
        code: "OWN_CODE_SHAPE",
        boundary: "own-code",
        where,
        hint: "docs/own-code.md has an example of each kind.",
        exit: 2,
      });
    case "options":
      return new SpiceError(`The ${named.kind} refuses its options: ${message}.`, {
        code: "OWN_CODE_OPTIONS",
        boundary: "own-code",
        where,
        hint: "Correct the `options` beside the path of the module.",
        exit: 2,
      });
    case "threw":
      return new SpiceError(`The ${named.kind} threw an error: ${message}`, {
        code: "OWN_CODE_THREW",
        boundary: "own-code",
        where,
        hint: "Correct the code, and try it with `spice own-code test` (docs/own-code.md).",
        exit: 2,
      });
    case "result":
      return new SpiceError(message, {
        code: "OWN_CODE_RESULT",
        boundary: "own-code",
        where,
        hint: "Correct what the code returns, and try it with `spice own-code test` (docs/own-code.md).",
        exit: 2,
      });
  }
}
