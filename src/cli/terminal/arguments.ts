import { type CommandUnknownOpts, InvalidArgumentError, Option } from "@commander-js/extra-typings";

/** Parser of an option: a whole number of at least 1. */
export const wholeNumber = (text: string): number => wholeNumberFrom(1)(text);

/**
 * Parser of an option: a whole number of at least `least`.
 *
 * @throws InvalidArgumentError, which the program reports as a usage error (exit 2)
 */
export const wholeNumberFrom =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
  };

const added = (value: string, before: readonly string[] = []): string[] => [...before, value];

/**
 * An option that may be given several times. Its value is the list of the values, empty when it is
 * not given.
 *
 * @param otherwise what an empty list means, for the help
 */
export const repeatable = <const Flags extends string>(
  flags: Flags,
  description: string,
  otherwise = "none",
) => new Option(flags, `${description}; repeatable`).argParser(added).default([] as string[], otherwise);

/** Parser of an old option that took a list with commas: each name is added to the list. */
export const separated = (value: string, before: readonly string[] = []): string[] => [
  ...before,
  ...value
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== ""),
];

/** An option whose value is stored as that of another option. */
class OldName extends Option<string> {
  constructor(
    flags: string,
    private readonly stands: string,
  ) {
    super(flags);
    this.hideHelp();
  }

  override attributeName(): string {
    return this.stands;
  }
}

/**
 * Accept an old name of an option. The old name works and is not shown in the help.
 *
 * @param flags the old name, for example `--runs <dir>`
 * @param attribute the property of the options that the value goes to, for example `runsDir`
 * @param parse parser of the value, when the option has one
 */
export function oldOption<C>(
  command: C,
  flags: string,
  attribute: string,
  parse?: (value: string, before: string[]) => string[],
): C {
  const option = new OldName(flags, attribute);
  if (parse !== undefined) option.argParser(parse);
  // The typed command would gain a property of its own for the old name.
  (command as CommandUnknownOpts).addOption(option);
  return command;
}
