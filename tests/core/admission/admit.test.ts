import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { admit } from "../../../src/core/admission/admit.js";
import type { AdmissionConfig } from "../../../src/core/admission/config.js";
import { screenDocument } from "../../../src/core/admission/document/screen-document.js";
import { optionKinds } from "../../../src/core/admission/options/option-kinds.js";
import { options as optionForm } from "../../../src/core/admission/options/options.js";
import type { OwnCheckInput } from "../../../src/core/admission/own-checks.js";
import { documentReference } from "../../../src/core/admission/question/document-reference.js";
import { leak } from "../../../src/core/admission/question/leak.js";
import { subject as subjectCheck } from "../../../src/core/admission/question/subject.js";
import { dedupKey } from "../../../src/core/admission/repeats/asked-tasks.js";
import { passages } from "../../../src/core/corpus/passages.js";
import { keyed } from "../../../src/core/random/rng.js";
import type { Candidate } from "../../../src/core/records/task.js";
import type { Span } from "../../../src/core/text/spans.js";
import { anyText } from "../../support/any-text.js";
import { ALL_CHECKS, makeCandidate, makeSegment, proposalInput, sha256 } from "../../support/fixtures.js";

const chad = makeSegment(
  "Country: Chad\nCapital: N'Djamena\nArea: 1,284,000 sq km\nLanguages: French, Arabic",
);
const OPTIONS = ["Abuja", "N'Djamena", "Niamey", "Bangui"];

const admitted = (
  candidate: Candidate,
  config: AdmissionConfig = ALL_CHECKS,
  focus: Span | null = null,
  optionRng = (taskId: string) => keyed("options", taskId),
) =>
  admit(candidate, {
    segment: chad,
    document: screenDocument(chad, config),
    ...{ focus, config, optionRng, hash: sha256, evaluations: null },
  });
const refusalOf = (candidate: Candidate): string | null => {
  const result = admitted(candidate);
  return result.ok ? null : result.code;
};

describe("admit", () => {
  test("builds the task, with evidence where the answer stands", () => {
    const result = admitted(makeCandidate());
    if (!result.ok) throw new Error(result.detail);
    const { evidence, id, segmentId, shuffled } = result.task;
    expect(chad.text.slice(evidence.start, evidence.end)).toBe("N'Djamena");
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(segmentId).toBe(chad.id);
    expect(shuffled).toEqual([]);
  });

  test("with a focus the answer must stand in that passage, and its place is found there", () => {
    const [, area, languages] = passages(chad).slice(-3);
    if (area === undefined || languages === undefined) throw new Error("a card of four lines");
    const candidate = makeCandidate({ question: "Which language is spoken in Chad?", answer: "French" });
    const result = admitted(candidate, ALL_CHECKS, languages);
    if (!result.ok) throw new Error(result.detail);
    expect(chad.text.slice(result.task.evidence.start, result.task.evidence.end)).toBe("French");
    expect(admitted(candidate, ALL_CHECKS, area)).toMatchObject({ ok: false, code: "off_focus" });
    const invented = makeCandidate({ question: "Which language is spoken in Chad?", answer: "Dutch" });
    expect(admitted(invented, ALL_CHECKS, languages)).toMatchObject({ ok: false, code: "evidence_missing" });
  });

  test("checks of the user run last, in order, with their severities, and do not see the facts", () => {
    const seen: string[] = [];
    const check = (name: string, severity: "count" | "refuse", refuses: boolean) => ({
      name,
      severity,
      run: (input: OwnCheckInput) => {
        seen.push(name);
        expect(Object.keys(input.document)).not.toContain("facts");
        return refuses
          ? { ok: false as const, code: `own_${name}`, detail: input.text }
          : { ok: true as const };
      },
    });
    const run = (candidate: Candidate, ...own: ReturnType<typeof check>[]) =>
      admit(candidate, {
        segment: chad,
        document: screenDocument(chad, ALL_CHECKS),
        ...{
          focus: null,
          config: ALL_CHECKS,
          optionRng: () => keyed("options"),
          hash: sha256,
          evaluations: null,
        },
        own,
      });
    const noted = check("noted", "count", true);
    const refusing = check("refusing", "refuse", true);
    expect(
      run(makeCandidate(), check("first", "refuse", false), noted, refusing, check("last", "refuse", false)),
    ).toEqual({
      ok: false,
      code: "own_refusing",
      detail: chad.text,
      findings: [{ code: "own_noted", detail: chad.text }],
    });
    expect(seen).toEqual(["first", "noted", "refusing"]);
    expect(run(makeCandidate(), noted)).toMatchObject({ ok: true, findings: [{ code: "own_noted" }] });
    seen.splice(0);
    const invented = makeCandidate({ answer: "Atlantis" });
    expect(run(invented, refusing)).toMatchObject({ ok: false, code: "evidence_missing" });
    expect(seen).toEqual([]);
  });

  test("equal questions have equal ids and letters, whatever the order of the options", () => {
    const tasks = fc.sample(fc.shuffledSubarray(OPTIONS, { minLength: 4 }), 5).map((options) => {
      const result = admitted(makeCandidate({ answerType: "mcq", options }));
      if (!result.ok) throw new Error(result.detail);
      return `${result.task.id} ${result.task.shuffled.join()}`;
    });
    expect(new Set(tasks).size).toBe(1);
  });

  test("the same question with other wrong options has its right option at other places", () => {
    const others = ["Abuja", "Bangui", "Bamako", "Dakar", "Harare", "Lagos", "Luanda", "Niamey"];
    const places = fc.sample(fc.shuffledSubarray(others, { minLength: 3, maxLength: 3 }), 60).map((wrong) => {
      const options = ["N'Djamena", ...wrong];
      const result = admitted(makeCandidate({ answerType: "mcq", options }));
      if (!result.ok) throw new Error(result.detail);
      return result.task.shuffled.indexOf("N'Djamena");
    });
    expect(new Set(places).size).toBe(4);
  });

  test("shuffles the options by the generator alone", () => {
    const candidate = makeCandidate({ answerType: "mcq", options: OPTIONS });
    const places = new Map<number, number>();
    for (let draw = 0; draw < 400; draw += 1) {
      const result = admitted(candidate, ALL_CHECKS, null, () => keyed("place", draw));
      if (!result.ok) throw new Error(result.detail);
      expect([...result.task.shuffled].sort()).toEqual([...OPTIONS].sort());
      const place = result.task.shuffled.indexOf("N'Djamena");
      places.set(place, (places.get(place) ?? 0) + 1);
    }
    for (const count of places.values()) expect(Math.abs(count - 100)).toBeLessThan(40);
  });

  test.each<[string | null, Partial<Candidate>]>([
    [null, {}],
    [null, { answer: "French", question: "Which language is spoken in Chad?" }],
    ["options_count", { answerType: "mcq", options: OPTIONS.slice(0, 3) }],
    ["options_duplicate", { answerType: "mcq", options: ["Abuja", "N'Djamena", "N’DJAMENA.", "Bangui"] }],
    ["options_without_answer", { answerType: "mcq", options: ["Abuja", "Lagos", "Niamey", "Bangui"] }],
    ["evidence_missing", { answer: "Abuja" }],
    ["subject_missing", { question: "What is the capital?" }],
    ["document_reference", { question: "According to the text, what is the capital of Chad?" }],
    ["answer_leak", { question: "Is N'Djamena the capital of Chad?" }],
  ])("refuses with %p", (refusal, changes) => {
    expect(refusalOf(makeCandidate(changes))).toBe(refusal);
  });

  test("a check that is switched off lets its mutant through", () => {
    const mutants: [keyof AdmissionConfig, Partial<Candidate>][] = [
      ["evidence", { answer: "Abuja" }],
      ["subject", { question: "Which city is the seat of parliament?" }],
      ["documentReference", { question: "According to the text, what is the capital of Chad?" }],
      ["leak", { question: "Is N'Djamena the capital of Chad?" }],
    ];
    for (const [check, changes] of mutants) {
      expect(admitted(makeCandidate(changes)).ok).toBe(false);
      expect(admitted(makeCandidate(changes), { ...ALL_CHECKS, derivable: "off", [check]: "off" }).ok).toBe(
        true,
      );
    }
  });

  test("is total: any strings give a result with a detail", () => {
    const text = anyText({ maxLength: 80 });
    const candidate = fc.record({
      question: text,
      answer: text,
      answerType: fc.constantFrom(
        "mcq" as const,
        "integer" as const,
        "expression" as const,
        "string" as const,
      ),
      options: fc.array(text, { maxLength: 5 }),
      quotes: fc.array(text, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(candidate, (one) => {
        const result = admitted(one);
        if (!result.ok) expect(result.detail).not.toBe("");
      }),
    );
  });
});

describe("evidence", () => {
  const quoted = (quotes: string[], answer = "4") =>
    proposalInput(makeCandidate({ answer, quotes }), chad).found;

  test("a derived answer is carried by its quote", () => {
    const result = quoted(["area: 1284000   sq km"]);
    expect(result.ok && chad.text.slice(result.span.start, result.span.end)).toBe("Area: 1,284,000 sq km");
  });

  test("one invented quote among real ones is a fabrication", () => {
    expect(quoted(["Area: 1,284,000 sq km", "Area: 9 sq km"]).ok).toBe(false);
  });

  test("a quote that says nothing supports nothing", () => {
    expect(quoted(["Country"]).ok).toBe(false);
    expect(quoted(["French"], "French").ok).toBe(true);
  });
});

describe("subject", () => {
  const named = (question: string, subject: string) =>
    subjectCheck.run(proposalInput(makeCandidate({ question }), makeSegment("text", [], subject))).ok;
  test.each<[string, string, boolean]>([
    ["What is the capital of Chad?", "Chad", true],
    ["What is Chad's capital?", "Chad", true],
    ["What is the capital of CHAD?", "Chad", true],
    ["What is the capital of Chadwick?", "Chad", false],
    ["What is the capital of Nigeria?", "Niger", false],
    ["What is the capital of South Korea?", "Korea, South", true],
    ["What is the capital of Gambia?", "Gambia, The", true],
    ["What is the capital of Bahamas?", "The Bahamas", true],
    ["What is the capital of Cote d'Ivoire?", "Côte d’Ivoire", true],
    ["What is the capital?", "", true],
  ])("%p names %p: %p", (question, subject, expected) => {
    expect(named(question, subject)).toBe(expected);
  });
});

describe("document reference", () => {
  test.each([
    "According to the document, what is the capital of Chad?",
    "What does the passage say about Chad?",
    "Which language is mentioned for Chad?",
    "What is the capital of Chad in the text?",
    "What is the area of Chad given above?",
    "Based on the information provided, what is Chad's area?",
    "In the following table, what is Chad's area?",
    "What is this text about?",
    "What does the author claim about Chad?",
    "Which of these facts about Chad is true?",
    "What is the aforementioned capital of Chad?",
    "What is described in this document about Chad?",
  ])("refuses %p", (question) => {
    expect(documentReference.run({ candidate: makeCandidate({ question }) }).ok).toBe(false);
  });

  test.each([
    "What is the capital of Chad?",
    "According to Ohm's law, what is the current?",
    "Which mountain rises above the city of Chad?",
    "How many tables does a restaurant in Chad have on average?",
    "Which author from Chad won a prize?",
    "What is the source of the river Chari?",
    "Which article of the constitution of Chad grants suffrage?",
    "In what year did Chad sign the text of the treaty of Rome?",
  ])("accepts %p", (question) => {
    expect(documentReference.run({ candidate: makeCandidate({ question }) }).ok).toBe(true);
  });
});

describe("leak", () => {
  test.each<[string, string, boolean]>([
    ["Is the capital of Chad N'Djamena?", "N'Djamena", false],
    ["What is the capital of Nigeria?", "Niger", true],
    ["What is the capital of Mexico?", "Mexico City", true],
    ["Which republic of Chad is a republic?", "Republic of Chad", false],
    ["Which Guinea lies near the Gulf?", "Gulf of Guinea", false],
    ["What is 25 plus 5?", "5", false],
    ["What is 25 plus 15?", "5", true],
    ["Which hepatitis is the first?", "Hepatitis A", true],
  ])("%p with answer %p passes: %p", (question, answer, ok) => {
    expect(leak.run({ candidate: makeCandidate({ question, answer }) }).ok).toBe(ok);
  });
});

describe("option kinds", () => {
  test.each([
    [["57 years", "61 years", "48 years", "70 years"], true],
    [["57 years", "12", "13", "14"], false],
    [["57 years", "57 km", "48 years", "70 years"], false],
    [["160 km", "1,572 km", "60 km", "2 km"], true],
    [["$22,900", "$1,500", "$9,000", "$40,000"], true],
    [["$22,900", "1,500", "$9,000", "$40,000"], false],
    [["20 March 1956", "1 May 1960", "July 1962", "3 June 1971"], true],
    [["20 March 1956", "1956", "1957", "1958"], false],
    [["Kigali", "12", "Lagos", "Accra"], false],
    [["Kigali", "K", "Lagos", "Accra"], false],
    [["oil, livestock", "cotton", "gold, zinc", "fish"], true],
    [["SSHv2", "Telnet", "NFSv4", "SFTP"], true],
    [["RAID", "ATA-3", "SCSI", "IPv6"], true],
    [["RAID-5", "5 disks", "RAID-1", "RAID-0"], false],
  ])("%p: %p", (options, ok) => {
    const candidate = makeCandidate({ answerType: "mcq", answer: options[0] ?? "", options });
    expect(optionKinds.run({ candidate }).ok).toBe(ok);
  });

  test("a question without options passes", () => {
    expect(optionKinds.run({ candidate: makeCandidate() }).ok).toBe(true);
  });
});

describe("options", () => {
  const check = (options: string[], answer = options[0] ?? "") =>
    optionForm.run({ candidate: makeCandidate({ answerType: "mcq", answer, options }) });
  test.each<[string[], string | null]>([
    [["Rome", "Oslo", "Lima", "Cairo"], null],
    [["1/2", "0.5", "2", "3"], "options_duplicate"],
    [["1,000", "1000", "2", "3"], "options_duplicate"],
    [["Rome", "Oslo", "Lima", "All of the above"], "options_unusable"],
    [["Rome", "Oslo", "Lima", "Both A and B"], "options_unusable"],
    [["Rome", "A", "Lima", "Cairo"], "options_unusable"],
    [["Rome", "...", "Lima", "Cairo"], "options_unusable"],
    [["French", "French and Arabic", "Lima", "Cairo"], "options_duplicate"],
    [["Rome", "Oslo", "Lima", "None"], null],
    [["5 km", "15 km", "25 km", "35 km"], null],
  ])("%p: %p", (options, refusal) => {
    const result = check(options);
    expect(result.ok ? null : result.code).toBe(refusal);
  });

  test("free-form tasks have none", () => {
    expect(optionForm.run({ candidate: makeCandidate() }).ok).toBe(true);
  });
});

describe("dedupKey", () => {
  test("recognises a repeat in other words, and tells apart what differs", () => {
    const key = (question: string, answer = "N'Djamena") => dedupKey(makeCandidate({ question, answer }));
    expect(key("What is the capital of Chad?")).toBe(key("Which is Chad's capital?"));
    expect(key("What is the capital of Chad?")).not.toBe(key("What is the capital of Mali?"));
    expect(key("What is the capital of Chad?")).not.toBe(key("What is the capital of Chad?", "Abéché"));
  });
});
