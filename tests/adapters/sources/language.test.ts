import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { detectLanguage } from "../../../src/adapters/sources/language.js";
import { anyText } from "../../support/any-text.js";
import { documentsOf, readFiles } from "./read.js";

const GERMAN =
  "Die Brücke in der Stadt wurde von einem Maurer gebaut und hat drei Bögen, die noch heute stehen.";

describe("the language of a text", () => {
  test.each([
    ["en", "The bridge in the town was built by a mason, and it has three arches that still stand."],
    ["de", GERMAN],
    ["fr", "Le pont de la ville a été construit par un maçon et il possède trois arches de pierre."],
    ["ru", "Мост в городе был построен каменщиком и имеет три арки, которые стоят до сих пор."],
    ["ja", "東京は日本の首都である。人口は約一千三百万人で世界最大の都市圏の一つである。"],
    ["zh", "北京是中华人民共和国的首都，人口约二千一百万，是世界上人口最多的首都之一。"],
    ["th", "กรุงเทพมหานครเป็นเมืองหลวงและนครที่มีประชากรมากที่สุดของประเทศไทย"],
  ])("%s is found", (language, text) => {
    expect(detectLanguage(text)).toBe(language);
  });

  test("a short text, numbers and code are unknown", () => {
    for (const text of [
      "",
      "Hello.",
      "1 2 3 44 55 66 77 88 99 10 11 12",
      "x_1 = f(y_2)\nfor i in g(3):\n  z[i] += 1",
    ])
      expect(detectLanguage(text)).toBe("unknown");
  });

  test("code and tables around a text do not change its language", () => {
    const table = "open_connection() | Create_a\nopen_unix() | x\n".repeat(5);
    expect(detectLanguage(`${table}${GERMAN}\n>>> print(x)`)).toBe("de");
  });

  test("a stated language wins, then the option, then what is detected", async () => {
    const files = {
      "a.jsonl": `${JSON.stringify({ text: GERMAN, lang: "gsw" })}\n${JSON.stringify({ text: `${GERMAN} Ja.` })}\n`,
    };
    const languages = async (options = {}) =>
      documentsOf(await readFiles(files, options)).map(({ language }) => language);
    expect(await languages()).toEqual(["gsw", "de"]);
    expect(await languages({ language: "nds" })).toEqual(["gsw", "nds"]);
  });

  test("never fails", () => {
    fc.assert(fc.property(anyText(), (text) => expect(detectLanguage(text)).toMatch(/^[a-z]+$/)));
  });
});
