import { type Metadata, NO_METADATA } from "../reader.js";
import { attribute, type Element, lineText } from "./tree.js";

/** Names of `meta` elements that state a license. */
const LICENSE_NAMES = new Set([
  "license",
  "licence",
  "dcterms.license",
  "dc.license",
  "dcterms.rights",
  "dc.rights",
]);

/** Title and metadata of a page: `title`, `html lang`, and the `meta` and `link` elements. */
export function pageAbout(elements: readonly Element[]): Metadata & { readonly title: string } {
  let title: string | null = null;
  let licence: string | null = null;
  let language: string | null = null;
  let url: string | null = null;
  let optOut = false;
  for (const element of elements) {
    const { tagName } = element;
    if (tagName === "html") language = stated(attribute(element, "lang") ?? attribute(element, "xml:lang"));
    if (tagName === "title") title ??= lineText(element);
    if (tagName === "link") {
      const relation = attribute(element, "rel")?.toLowerCase();
      const address = stated(attribute(element, "href"));
      if (relation === "license") licence ??= address;
      if (relation === "canonical" && /^https?:/.test(address ?? "")) url ??= address;
    }
    if (tagName !== "meta") continue;
    const name = (attribute(element, "name") ?? attribute(element, "property") ?? "").toLowerCase();
    const content = attribute(element, "content") ?? "";
    if (LICENSE_NAMES.has(name)) licence ??= stated(content);
    if (name === "robots" && /(?:^|[\s,])noai(?:$|[\s,])/i.test(content)) optOut = true;
    if (name === "tdm-reservation" && content.trim() === "1") optOut = true;
  }
  return { ...NO_METADATA, title: title ?? "", url, licence, language, ...(optOut && { optOut: true }) };
}

function stated(value: string | null): string | null {
  return value === null || value.trim() === "" ? null : value.trim();
}
