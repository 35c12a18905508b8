import type { Section } from "../sections.js";

/** Collects the lines of a page and divides them into sections. */
export class SectionBuilder {
  readonly #done: Section[] = [];
  #heading: { readonly depth: number; readonly name: string; readonly anchor: string | null } = {
    depth: 0,
    name: "",
    anchor: null,
  };
  #lines: string[] = [];
  /** Pieces of the current line: reading the end of a long text again and again is slow. */
  #line: string[] = [];
  #prefix = "";
  #comments = 0;

  /** Counts a comment that is left out of the current section. */
  comment(): void {
    this.#comments += 1;
  }

  /** Adds words to the current line. White space becomes one space. */
  words(text: string): void {
    const flat = text.replace(/\u00ad/g, "").replace(/\s+/g, " ");
    const last = this.#line.at(-1);
    const piece = last === undefined || last.endsWith(" ") ? flat.replace(/^ /, "") : flat;
    if (piece !== "") this.#line.push(piece);
  }

  /** Ends the current line. */
  endLine(): void {
    const line = this.#line.join("").trim();
    this.#line = [];
    if (line === "") return;
    this.#lines.push(`${this.#prefix}${line}`);
    this.#prefix = "";
  }

  /** Ends the current paragraph. */
  endParagraph(): void {
    this.endLine();
    if (this.#lines.length > 0 && this.#lines.at(-1) !== "") this.#lines.push("");
  }

  /** The next line that has words begins with this sign of a list; empty: with nothing. */
  mark(prefix: string): void {
    this.endLine();
    this.#prefix = prefix;
  }

  /** Adds lines with their white space, as a paragraph. */
  literal(text: string): void {
    this.endParagraph();
    const lines = text.replace(/^\n/, "").trimEnd();
    if (lines.trim() !== "") this.#lines.push(...lines.split("\n"), "");
  }

  /** Begins a section. */
  section(depth: number, name: string, anchor: string | null): void {
    this.#finish();
    this.#heading = { depth, name, anchor };
  }

  /** All sections of the page. */
  sections(): readonly Section[] {
    this.#finish();
    this.#heading = { depth: 0, name: "", anchor: null };
    return this.#done;
  }

  #finish(): void {
    this.endParagraph();
    const body = this.#lines.join("\n").trim();
    this.#lines = [];
    this.#prefix = "";
    const comments = this.#comments;
    this.#comments = 0;
    const { depth, name } = this.#heading;
    if (depth === 0 && body === "" && comments === 0) return;
    const text = depth === 0 ? body : `${name}\n\n${body}`;
    this.#done.push({ ...this.#heading, body, text, comments });
  }
}
