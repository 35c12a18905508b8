/**
 * A source: the messages of a mail archive (mbox). A source may read files, databases and the
 * network. The documents must come in the same order each time.
 */
import { readFile } from "node:fs/promises";
import { defineSource, z } from "spice-orchestrator/own-code";

export default defineSource({
  name: "mailbox",
  version: "1",
  options: z.strictObject({
    /** Path of the archive, relative to the working directory. */
    file: z.string(),
  }),
  async *read({ file }, signal) {
    const archive = await readFile(file, { encoding: "utf8", signal });
    for (const message of archive.split(/^From .*\n/m).slice(1)) {
      const [head = "", ...rest] = message.split("\n\n");
      const id = /^Message-ID: *<(.+)>/im.exec(head)?.[1];
      const title = /^Subject: *(.+)/im.exec(head)?.[1] ?? "";
      if (id === undefined) yield { skip: "The message has no Message-ID." };
      else yield { id, title, subject: title, text: rest.join("\n\n") };
    }
  },
});
