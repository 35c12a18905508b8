import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";

/** A group of commands about one thing: `spice runs`, `spice trainer`, `spice corpus`. */
export function noun(
  name: string,
  summary: string,
  examples: readonly string[],
  verbs: readonly CommandUnknownOpts[],
): CommandUnknownOpts {
  const group: CommandUnknownOpts = new Command(name);
  group
    .description(summary)
    .addHelpText("before", `Examples:\n${examples.map((one) => `  ${one}\n`).join("")}`);
  for (const verb of verbs) group.addCommand(verb);
  return group;
}
