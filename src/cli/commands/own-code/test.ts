import { relative } from "node:path";
import { counted } from "../../../core/text/counted.js";
import { command } from "../../terminal/options.js";
import { table } from "../../terminal/output.js";
import { perform } from "../../terminal/perform.js";

/** `spice own-code test`: do the user's modules load, and do their tests pass? */
export const testCommand = () =>
  command(
    "test",
    "load modules of your own and run their tests; exit 5 when a test fails",
    `spice own-code test reward.ts          # loads a module
     spice own-code test reward.test.ts     # runs the tests of a file, and names the modules
     spice own-code test checks/a.test.ts reader.test.ts`,
  )
    .argument("<file...>", "modules, or files with tests of modules")
    .action((files, options) =>
      perform(options, async ({ output }) => {
        const { testFile } = await import("../../../adapters/own-code/test-file.js");
        const { packageEntries } = await import("../../../config/package-entries.js");
        const aliases = packageEntries();
        const printTo = output.json ? "stderr" : "stdout";
        const found = new Map<string, Awaited<ReturnType<typeof testFile>>[number]>();
        for (const file of files)
          for (const module of await testFile(file, { aliases, printTo })) found.set(module.path, module);
        const modules = [...found.values()].map((one) => ({ ...one, path: relative("", one.path) }));
        output.document("spice.own-code-test/1", { files, modules });
        output.text(
          table(
            modules.map(({ kind, name, version, path, sha256 }) => [kind, name, version, path, sha256]),
            ["kind", "name", "version", "file", "SHA-256"],
          ),
        );
        output.note(`Passed: ${counted(files.length, "file")}, ${counted(modules.length, "module")}.`);
        return undefined;
      }),
    );
