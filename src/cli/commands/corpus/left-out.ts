import type { SourceLeftOut } from "../../../adapters/corpus-store/left-out.js";
import { EXIT, SpiceError } from "../../../app/errors.js";
import { type LeftOut, SKIP_REASONS } from "../../../app/ports/corpus.js";
import { configure, configuredCommand } from "../../terminal/options.js";
import type { Output } from "../../terminal/output.js";
import { perform } from "../../terminal/perform.js";
import { visible } from "../../terminal/visible.js";

/** `spice corpus left-out`: all parts of the sources that are not in the corpus, and why. */
export const leftOutCommand = () =>
  configuredCommand(
    "left-out",
    "what was left out of the sources, and why",
    `spice corpus left-out
     spice corpus left-out ./my-docs --reason not_utf8
     spice corpus left-out --json`,
  )
    .argument("[source]", "a source as `spice corpus add` took it (default: all)")
    .option("--reason <name>", "only this reason, for example no_text")
    .action((name, options) =>
      perform(options, async ({ output }) => {
        const { composeCorpus, withAllKinds } = await import("../../compose/corpus.js");
        const { leftOutLists } = await import("../../../adapters/corpus-store/left-out.js");
        const { sourceNames } = await import("../../../adapters/sources/open-source.js");
        const { experiment } = await configure(options, output);
        const all = await leftOutLists(experiment.corpus.store);
        const names = name === undefined ? null : await sourceNames(name);
        const wanted = names === null ? null : [names.uri, ...names.formerUris, name];
        const lists = all.filter(({ source }) => wanted === null || wanted.includes(source));
        if (names !== null && lists.length === 0 && all.length > 0) {
          const { info } = await composeCorpus(withAllKinds(experiment));
          if (!info.sources.some((source) => wanted?.includes(source))) throw noList(names.uri, info.sources);
        }
        if (options.reason !== undefined) await requireReason(options.reason, lists);
        for (const list of lists) await show(list, options.reason, output);
        if (lists.length === 0) output.note("Nothing was left out.");
        return undefined;
      }),
    );

/**
 * A known reason may have no item.
 *
 * @throws SpiceError `SKIP_REASON_UNKNOWN` (exit 2) for a reason that the program does not give and
 * that no list has
 */
async function requireReason(reason: string, lists: readonly SourceLeftOut[]): Promise<void> {
  if (SKIP_REASONS.some((one) => one === reason)) return;
  const counts: Record<string, number> = {};
  for (const list of lists)
    for await (const item of list.items()) counts[item.reason] = (counts[item.reason] ?? 0) + 1;
  if (reason in counts) return;
  const here = Object.entries(counts).map(([name, count]) => `${name} (${count})`);
  throw new SpiceError(`There is no reason "${reason}".`, {
    code: "SKIP_REASON_UNKNOWN",
    boundary: "cli",
    where: "--reason",
    hint: `Reasons in the lists: ${here.length === 0 ? "none, because nothing was left out" : here.join(", ")}. docs/corpus.md (What is left out) describes all reasons.`,
    exit: EXIT.usage,
  });
}

/** Lists are written line by line, because they can be long. */
async function show(list: SourceLeftOut, reason: string | undefined, output: Output): Promise<void> {
  const counts: Record<string, number> = {};
  const kept: LeftOut[] = [];
  for await (const item of list.items()) {
    if (reason !== undefined && item.reason !== reason) continue;
    counts[item.reason] = (counts[item.reason] ?? 0) + 1;
    if (output.json) kept.push(item);
    output.text(`${item.reason}  ${visible(item.where)}: ${visible(item.detail)}`);
  }
  const sums = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  output.note(`${list.source}: ${sums.length === 0 ? "nothing" : sums.join(", ")}`);
  output.document("spice.corpus-left-out/1", { source: list.source, counts, items: kept });
}

function noList(source: string, sources: readonly string[]): SpiceError {
  return new SpiceError(`The corpus has no source ${source}.`, {
    code: "SOURCE_NOT_LISTED",
    boundary: "corpus",
    where: source,
    hint: `Sources of the corpus: ${sources.join(", ")}.`,
    exit: EXIT.usage,
  });
}
