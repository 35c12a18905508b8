/** Fields at the head of a mail or of a message of a news group, in small letters. */
const FIELDS = new Set(
  (
    "from to cc bcc subject date received message-id return-path reply-to delivered-to envelope-to " +
    "in-reply-to references sender mime-version content-type content-transfer-encoding newsgroups path"
  ).split(" "),
);
/** Fields that programs write. A memo that a person wrote has `From:` and `Subject:` only. */
const OF_PROGRAMS = /^(?:received|message-id|return-path|delivered-to|mime-version|content-type): ?\S/im;
const OF_PARTS = /^content-type: multipart\//im;
const SENDER = /^from: .*(?:@|\bat\b)/im;
/** Fields that a text must have to be a mail. */
const FEWEST = 3;
/** Characters at the beginning of a text that are looked at. */
const LOOKED_AT = 16_384;

/** The line before each mail of an archive: `From ann@example.org Mon Mar  3 09:00:00 1952`. */
const ARCHIVE_LINE = /^From .*\d\d:\d\d.* \d{4}\b.*\n/;

/**
 * True for a text that begins as a mail or as an archive of mails (mbox). Such a text is not prose:
 * it has the fields of the header, and often attachments in base64.
 *
 * @param text with line feeds only
 */
export function beginsAsMail(text: string): boolean {
  const start = text.slice(0, LOOKED_AT).replace(/^\ufeff?\n*/, "");
  const isArchive = ARCHIVE_LINE.test(start);
  const [head = ""] = start.replace(ARCHIVE_LINE, "").split(/\n[ \t]*\n/, 1);
  const lines = head.split("\n").filter((line) => !/^[ \t>]/.test(line));
  const names = lines.map((line) => /^([!-9;-~]+):/.exec(line)?.[1]?.toLowerCase());
  // A line without a name belongs to a text.
  if (names.includes(undefined)) return false;
  const known = new Set(names.filter((name) => name !== undefined && FIELDS.has(name)));
  if (isArchive || OF_PARTS.test(head)) return known.size > 0;
  return known.size >= FEWEST && (OF_PROGRAMS.test(head) || SENDER.test(head));
}
