import { expect, test } from "vitest";

import source from "../../src-tauri/crates/model/src/code.rs?raw";
import * as program from "./generated/bindings";
import { checkFailures, codeOf, codes, consignmentStates, findingKinds, help, sending, sentenceFor, sentenceForAnswer, stages, waiting } from "./messages";

/** The program's own list: the bindings are generated from it, and this looks past them at the source. */
function codesOfTheModel(): string[] {
  const list = source.slice(source.indexOf("\ncodes! {"), source.indexOf("impl fmt::Display for Code"));
  return [...list.matchAll(/^ {4}\w+ = "(\w+)", \w+;$/gm)].map((match) => match[1] ?? "");
}

test("every code of the program has a sentence and a next step, and there are no others", () => {
  expect(Object.keys(codes).sort()).toEqual([...program.errorCodes].sort());
  expect([...program.errorCodes].sort()).toEqual(codesOfTheModel().sort());
});

test("sentences are short and plain", () => {
  for (const [code, { what, next }] of Object.entries(codes)) {
    for (const text of [what, next]) {
      expect(text, code).toMatch(/^[A-Z].*\.$/);
      expect(text, code).not.toMatch(/!|please|sorry|oops|failed to|waybill (send|resume|show|help|sign)/i);
      expect(text.length, code).toBeLessThanOrEqual(120);
    }
  }
});

test("who asked for something and did not get it is promised nothing that goes on by itself", () => {
  for (const code of program.errorCodes) expect(sentenceForAnswer(code).next, code).not.toMatch(/by itself/);
  expect(sentenceForAnswer("offline").next).toBe("Check that you are connected to your network. Then try again.");
});

test("every state of the program has words", () => {
  expect(Object.keys(stages).sort()).toEqual([...program.stages].sort());
  expect(Object.keys(waiting).sort()).toEqual([...program.waitReasons].sort());
  expect(Object.keys(consignmentStates).sort()).toEqual([...program.consignmentStates].sort());
  expect(Object.keys(findingKinds).sort()).toEqual([...program.findingKinds].sort());
  expect(Object.keys(help.topics).sort()).toEqual([...program.selfTestTopics].sort());
});

test("every reason for waiting leads to a sentence of its own", () => {
  const sentences = program.waitReasons.map((reason) => sentenceFor(codeOf(reason)).what);
  expect(new Set(sentences).size).toBe(program.waitReasons.length);
});

test("a consignment that cannot be used says why, and where it can", () => {
  for (const [state, { why, onWebsite }] of Object.entries(consignmentStates)) {
    if (state !== "ready") expect(why, state).toMatch(/\.$/);
    expect(onWebsite, state).toMatch(/TDR website$/);
  }
});

test("what the service's checks found is told in the service's own words, also where it has new ones", () => {
  expect(checkFailures.result("VirusDetected")).toBe("Virus found (VirusDetected)");
  expect(checkFailures.result("SomethingNew")).toBe("SomethingNew");
  expect(checkFailures.named("FFID", "Zip")).toBe("File format check (FFID): Zip file (Zip)");
  expect(checkFailures.group("NewCheck", "SomethingNew", 2)).toBe("NewCheck: SomethingNew: 2 files");
});

test("just before the end, what is sent does not read like all of it", () => {
  const facts = (done: number) => sending.sendingFacts(1_840, 1_842, done, 3_412_000_000);
  expect(facts(1_467_160_000)).toBe("1,840 of 1,842 files sent, 1.4 GB of 3.4 GB");
  expect(facts(3_408_000_000)).toBe("1,840 of 1,842 files sent, all but 4.0 MB of 3.4 GB");
});
