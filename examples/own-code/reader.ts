/** A reader of subtitles (SubRip, `.srt`): the spoken lines of a file become one document. */
import { defineReader } from "spice-orchestrator/own-code";

const TIME = /^\d\d:\d\d:\d\d,\d\d\d --> /;

export default defineReader({
  name: "subtitles",
  version: "1",
  endings: [".srt"],
  parse: ({ text }) => {
    const spoken = text
      .split("\n")
      .filter((line) => line.trim() !== "" && !/^\d+$/.test(line) && !TIME.test(line))
      .map((line) => line.replaceAll(/<[^>]*>/g, ""));
    return spoken.length === 0 ? [{ skip: "The file has no spoken line." }] : [{ text: spoken.join("\n") }];
  },
});
