import { expect, test } from "vitest";

import source from "../../src-tauri/crates/model/src/code.rs?raw";
import * as program from "./generated/bindings";
import type { SelfTestLine } from "./generated/bindings";
import { code } from "./generated/words";
import { badTest, goodTest, offlineTest } from "./host/fake/data";
import { checkFailures, codeOf, consignmentStates, findingKinds, selfTest, sending, sentenceFor, sentenceForAnswer, phases, waiting } from "./messages";

/** Returns the codes in the program's source, from which the bindings are generated. */
function codesOfTheModel(): string[] {
  const list = source.slice(source.indexOf("\ncodes! {"), source.indexOf("impl fmt::Display for Code"));
  return [...list.matchAll(/^ {4}\w+ = "(\w+)", \w+;$/gm)].map((match) => match[1] ?? "");
}

test("every code of the program, and no other, has a sentence and a next step", () => {
  expect(Object.keys(code).sort()).toEqual([...program.codes].sort());
  expect([...program.codes].sort()).toEqual(codesOfTheModel().sort());
});

test("sentences are short and plain", () => {
  for (const code of program.codes) {
    const [seen, asked] = [sentenceFor(code), sentenceForAnswer(code)];
    for (const text of [seen.what, seen.next, asked.next]) {
      expect(text, code).toMatch(/^[A-Z].*\.$/);
      expect(text, code).not.toMatch(/!|please|sorry|oops|failed to |waybill (send|resume |show|help|sign)/);
      expect(text.length, code).toBeLessThanOrEqual(120);
    }
  }
});

test("after a failed request, no sentence promises to resume automatically", () => {
  for (const code of program.codes) expect(sentenceForAnswer(code).next, code).not.toMatch(/automatically/);
  expect(sentenceForAnswer("offline").next).toBe("Check your network connection, then try again.");
});

test("every state of the program has words", () => {
  expect(Object.keys(phases).sort()).toEqual([...program.phases].sort());
  expect(Object.keys(waiting).sort()).toEqual([...program.waitReasons].sort());
  expect(Object.keys(consignmentStates).sort()).toEqual([...program.consignmentStates].sort());
  expect(Object.keys(findingKinds).sort()).toEqual([...program.findingKinds].sort());
  expect(Object.keys(selfTest.topics).sort()).toEqual([...program.selfTestTopics].sort());
});

test("every reason for waiting has its own sentence", () => {
  const sentences = program.waitReasons.map((reason) => sentenceFor(codeOf(reason)).what);
  expect(new Set(sentences).size).toBe(program.waitReasons.length);
});

test("a consignment that cannot be used says why, and what the website offers", () => {
  for (const [state, { why, onWebsite }] of Object.entries(consignmentStates)) {
    if (state !== "ready") expect(why, state).toMatch(/\.$/);
    expect(onWebsite, state).toMatch(/TDR website$/);
  }
});

test("results of the checks are shown with the service's own names, even new ones", () => {
  expect(checkFailures.result("VirusDetected")).toBe("Virus found (VirusDetected)");
  expect(checkFailures.result("SomethingNew")).toBe("SomethingNew");
  expect(checkFailures.named("FFID", "Zip")).toBe("File format check (FFID): Zip file (Zip)");
  expect(checkFailures.group("NewCheck", "SomethingNew", 2)).toBe("NewCheck: SomethingNew: 2 files");
});

test("just before the end, the sent part does not look like the whole", () => {
  const facts = (done: number) => sending.sendingFacts(1_840, 1_842, done, 3_412_000_000);
  expect(facts(1_467_160_000)).toBe("1,840 of 1,842 files sent, 1.4 GB of 3.4 GB");
  expect(facts(3_408_000_000)).toBe("1,840 of 1,842 files sent, all but 4.0 MB of 3.4 GB");
});

test("parts that were not tested are not reported as working", () => {
  const { outcomes, summary } = selfTest;
  expect(new Set(Object.values(outcomes).map(({ name }) => name)).size).toBe(4);
  expect(summary(goodTest)).toBe("Everything works");
  const reached = offlineTest.filter(({ outcome }) => outcome !== "fails");
  expect(summary(reached)).toBe("No test failed. Read the warning below. 2 tests could not be run.");
  expect(summary(reached.filter(({ outcome }) => outcome !== "warns").slice(0, 3))).toBe("No test failed. 1 test could not be run.");
});

test("an unreachable address says whom to ask, and does not mention waiting", () => {
  expect(selfTest.next(offlineTest)).toBe(
    "Ask your IT team to let this computer reach auth.tdr.nationalarchives.gov.uk, api.tdr.nationalarchives.gov.uk, upload.tdr.nationalarchives.gov.uk and tdr.nationalarchives.gov.uk. It may need a proxy or a VPN.",
  );
  expect(selfTest.next(badTest)).toBe("Ask your IT team to allow the service’s addresses.");
  expect(selfTest.next(goodTest)).toBe("");
  for (const code of program.codes) {
    const line: SelfTestLine = { what: "upload", outcome: "fails", code, detail: { seen: "address", address: "https://upload.example.org/", answer: "refused", ms: 3 } };
    expect(selfTest.next([line]), code).not.toMatch(/automatically/);
  }
});

test("details of the self-test are shown in sentences", () => {
  const sentence = (what: SelfTestLine["what"], detail: SelfTestLine["detail"]) => selfTest.detail({ what, detail });
  expect(sentence("proxy", { seen: "proxy", address: "http://proxy.example:3128", well: 2, of: 4 })).toBe("http://proxy.example:3128 lets this computer reach 2 of 4 addresses.");
  expect(sentence("proxy", { seen: "no_proxy" })).toBe("No proxy is set.");
  expect(sentence("certificates", { seen: "addresses", well: 2, of: 4 })).toBe("This computer trusts the certificates of 2 of the 4 addresses. The others were not reached.");
  expect(sentence("clock", { seen: "clock", seconds_slow: 0 })).toBe("It agrees with the service’s time.");
  expect(sentence("clock", { seen: "clock", seconds_slow: -1 })).toBe("It is 1 second fast.");
  expect(sentence("clock", { seen: "clock", seconds_slow: 720 })).toBe("It is 12 minutes slow.");
  expect(sentence("disk", { seen: "room", free: 120_000_000, wanted: 500_000_000 })).toBe("120.0 MB free. For a large folder Waybill needs 500 MB on this disk.");
  expect(sentence("session_store", { seen: "session", store: "keychain", person: null })).toBe("Your sign-in is kept in this computer’s keychain. Nobody is signed in.");
});
