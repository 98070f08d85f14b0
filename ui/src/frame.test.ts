import { expect, test, vi } from "vitest";

import { Frame } from "./frame.svelte";
import type { ServiceChecks, Snapshot } from "./generated/bindings";
import { aboutDropBox, checkedBadly, checkedWell, person, transfer } from "./host/fake/data";
import { failing, FakeHost, script, type Script } from "./host/fake/fake";

const offer = { name: "Board papers", path: "/r/Board papers", token: "offer-2" };

async function startFrame(from: Script = script({}, [transfer()])): Promise<{ frame: Frame; host: FakeHost }> {
  const host = new FakeHost(from);
  const frame = new Frame(host, () => 0);
  await frame.start();
  return { frame, host };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

test("a folder dropped in a view that waits for one is opened immediately", async () => {
  const { frame, host } = await startFrame();
  frame.go({ view: "folder", consignment: "TDR-2026-GBC" });
  host.emit.dropped({ state: "offered", offer });
  await settled();
  expect(host.calls).toEqual(["open offer-2 TDR-2026-GBC"]);
  expect(frame.route).toEqual({ view: "transfer", id: "transfer-1" });
});

test("a folder shows that it is being opened, and no other is opened meanwhile", async () => {
  const { frame, host } = await startFrame();
  frame.go({ view: "folder", consignment: "TDR-2026-GBC" });
  host.emit.dropped({ state: "offered", offer });
  expect(frame.opening).toEqual({ folder: "Board papers", consignment: "TDR-2026-GBC" });
  expect(frame.announcement).toBe("Opening Board papers…");
  host.emit.dropped({ state: "offered", offer: { ...offer, name: "Scans", token: "offer-3" } });
  await settled();
  expect(host.calls).toEqual(["open offer-2 TDR-2026-GBC"]);
  expect(frame.opening).toBeNull();
  // The other one is not forgotten without a word, also when the view has changed.
  expect(frame.banners.map(({ text }) => text)).toEqual(["Scans was not added, because Waybill was opening Board papers. To send Scans as well, drop it again."]);
});

test("a folder that one consignment rejects stays offered until another accepts it", async () => {
  const { frame, host } = await startFrame(script({ orders: failing("needs_agreement").problem }));
  host.emit.dropped({ state: "offered", offer });
  await frame.open(offer, "TDR-2026-GA2");
  expect(frame.problem?.code).toBe("needs_agreement");
  expect(frame.offer).toEqual(offer);
  expect(frame.route).toEqual({ view: "consignments" });
  host.script.orders = null;
  await frame.open(offer, "TDR-2026-GBC");
  expect(frame.offer).toBeNull();
  expect(frame.route).toEqual({ view: "transfer", id: "transfer-1" });
});

test("a folder chosen for a consignment that rejects it is kept until the view changes", async () => {
  const { frame, host } = await startFrame(script({ orders: failing("offline").problem }));
  frame.go({ view: "folder", consignment: "TDR-2026-GBC" });
  await frame.open(offer, "TDR-2026-GBC");
  expect(frame.unopened).toEqual({ offer, consignment: "TDR-2026-GBC", problem: { code: "offline", detail: null } });
  expect(frame.problem).toBeNull();
  frame.go({ view: "consignments" });
  expect(frame.unopened).toBeNull();
  frame.go({ view: "folder", consignment: "TDR-2026-GBC" });
  await frame.open(offer, "TDR-2026-GBC");
  host.script.orders = null;
  await frame.open(offer, "TDR-2026-GBC");
  expect(frame.unopened).toBeNull();
  expect(frame.route).toEqual({ view: "transfer", id: "transfer-1" });
});

test("a transfer that cannot be started is not shown, but the reason is", async () => {
  const { frame, host } = await startFrame();
  frame.go({ view: "consignments" });
  vi.spyOn(host, "open").mockResolvedValue({ ok: false, ...failing("disk_full") });
  await frame.open(offer, "TDR-2026-GBC");
  expect(frame.route).toEqual({ view: "consignments" });
  expect(frame.problem?.code).toBe("disk_full");
});

test("a folder that is dropped elsewhere waits for its consignment", async () => {
  const { frame, host } = await startFrame();
  frame.go({ view: "settings" });
  host.emit.dropped({ state: "offered", offer });
  expect(frame.offer).toEqual(offer);
  expect(frame.route).toEqual({ view: "consignments" });
});

test("a folder dropped on a running transfer is not added, and the page says so", async () => {
  const { frame, host } = await startFrame();
  frame.go({ view: "transfer", id: "transfer-1" });
  host.emit.dropped({ state: "offered", offer });
  await settled();
  expect(host.calls).toEqual([]);
  expect(frame.dropProblem?.text).toContain("Board papers was not added to this transfer.");
});

test("settings that cannot be read are reported with their file", async () => {
  const { frame, host } = await startFrame();
  const detail = "/data/settings.toml: line 2: invalid string";
  host.emit.noticed({ notice: "settings_not_read", problem: { code: "settings_unreadable", detail } });
  expect(frame.banners.map(({ text }) => text)).toEqual([expect.stringContaining(detail)]);
});

test("several items, and a file, each have their own sentence", async () => {
  const { frame, host } = await startFrame();
  host.emit.dropped({ state: "refused", problem: { why: "several", count: 3 } });
  expect(frame.dropProblem?.text).toContain("You dropped 3 items.");
  host.emit.dropped({ state: "refused", problem: { why: "unusable", problem: { code: "folder_is_file", detail: null } } });
  expect(frame.dropProblem?.text).toContain("That is a file.");
});

test("a folder dropped before signing in is kept for later, and the page says so", async () => {
  const { frame, host } = await startFrame(script({ snapshot: { ...script().snapshot, session: { state: "signed_out", why: null } } }));
  host.emit.dropped({ state: "offered", offer });
  expect(frame.kept).toEqual(offer);
  expect(frame.dropProblem).toBeNull();
  host.change({ session: { state: "signing_in", address_known: true, opened: true } });
  expect(frame.kept).toEqual(offer);
  host.change({ session: { state: "signed_in", person } });
  expect(frame.kept).toBeNull();
  expect(frame.offer).toEqual(offer);
});

test("a folder dropped during the start is kept silently if a person is signed in", async () => {
  const { frame, host } = await startFrame(script({ snapshot: { ...script().snapshot, session: { state: "loading" } } }));
  host.emit.dropped({ state: "offered", offer });
  expect(frame.kept).toBeNull();
  host.change({ session: { state: "signed_in", person } });
  expect(frame.kept).toBeNull();
  expect(frame.dropProblem).toBeNull();
  expect(frame.offer).toEqual(offer);
});

test("a folder dropped for a consignment while signed out is kept through sign-in", async () => {
  const { frame, host } = await startFrame(script({ snapshot: { ...script().snapshot, session: { state: "signed_out", why: null } } }));
  frame.go({ view: "folder", consignment: "TDR-2026-GBC" });
  host.emit.dropped({ state: "offered", offer });
  expect(frame.route).toEqual({ view: "consignments" });
  expect(frame.kept).toEqual(offer);
});

test("states are read out when they have changed for a while, and numbers are not", async () => {
  vi.useFakeTimers();
  const { frame, host } = await startFrame();
  host.change({ transfers: [transfer({ bytes_per_second: 1 })] });
  expect(frame.announcement).toBe("");
  host.change({ transfers: [transfer({ hold: { state: "paused" } })] });
  expect(frame.announcement).toBe("");
  vi.advanceTimersByTime(2000);
  expect(frame.announcement).toBe("Parish council records: Paused.");
  vi.useRealTimers();
});

test("a failure is shown until the next request or view", async () => {
  const { frame } = await startFrame(script({ orders: failing("not_possible_now").problem }));
  await frame.attempt(frame.host.tell("transfer-1", { command: "pause" }));
  expect(frame.problem?.code).toBe("not_possible_now");
  frame.go({ view: "help" });
  expect(frame.problem).toBeNull();
});

test("a failed sign-in is reported once", async () => {
  const problem = failing("sign_in_refused").problem;
  const { frame, host } = await startFrame(script({ orders: problem, snapshot: { ...script().snapshot, session: { state: "signed_out", why: null } } }));
  await frame.signIn();
  expect(frame.problem).toEqual(problem);
  host.change({ session: { state: "signed_out", why: "sign_in_refused" } });
  await frame.signIn();
  expect(frame.problem).toBeNull();
});

test("a sign-in that timed out is reported, and one that the person cancelled is not", async () => {
  const { frame, host } = await startFrame(script({ snapshot: { ...script().snapshot, session: { state: "signed_out", why: null } } }));
  const ends: (() => void)[] = [];
  vi.spyOn(host, "signIn").mockImplementation(
    () =>
      new Promise((resolve) => {
        ends.push(() => {
          resolve({ ok: false, ...failing("sign_in_abandoned") });
        });
      }),
  );
  const cancelled = frame.signIn();
  await frame.cancelSignIn();
  ends[0]?.();
  await cancelled;
  expect(frame.problem).toBeNull();
  const timedOut = frame.signIn();
  ends[1]?.();
  await timedOut;
  expect(frame.problem?.code).toBe("sign_in_abandoned");
});

test("a failed sign-in from a transfer is reported there", async () => {
  const { frame } = await startFrame(script({ orders: failing("sign_in_refused").problem, snapshot: { ...script().snapshot, session: { state: "signed_out", why: "sign_in_refused" } } }));
  frame.go({ view: "transfer", id: "transfer-1" });
  await frame.signIn();
  expect(frame.problem?.code).toBe("sign_in_refused");
});

test("the same notice is shown once", async () => {
  const { frame, host } = await startFrame();
  host.emit.noticed({ notice: "clock_off", seconds: 600 });
  host.emit.noticed({ notice: "clock_off", seconds: -660 });
  expect(frame.banners.map(({ text }) => text)).toEqual(["This computer’s clock is 11 minutes fast. Waybill uses the service’s time."]);
});

test("selecting a notification opens its transfer, and stays if it is already open", async () => {
  const { frame, host } = await startFrame();
  frame.go({ view: "help" });
  host.emit.noticed({ notice: "chosen", transfer: "transfer-1" });
  expect(frame.route).toEqual({ view: "transfer", id: "transfer-1" });
  const { moves } = frame;
  host.emit.noticed({ notice: "chosen", transfer: "transfer-1" });
  expect(frame.moves).toBe(moves);
});

test("the banner about a receipt is closed only when its transfer is opened", async () => {
  const { frame, host } = await startFrame();
  frame.go({ view: "settings" });
  host.emit.noticed({ notice: "receipt", transfer: "transfer-1" });
  frame.go({ view: "transfer", id: "transfer-2" });
  expect(frame.banners).toHaveLength(1);
  host.emit.noticed({ notice: "chosen", transfer: "transfer-1" });
  expect(frame.banners).toEqual([]);
});

test("a receipt is good news only if the checks found nothing, whichever arrives first", async () => {
  const { frame, host } = await startFrame();
  frame.go({ view: "settings" });
  const finished = (checks: ServiceChecks | null): Snapshot => script({}, [transfer({ phase: "finished", checks })]).snapshot;
  const { folder } = transfer();
  for (const [checks, text, tone] of [
    [checkedWell, `The receipt for ${folder} is ready.`, "quiet"],
    [checkedBadly, `${folder}: Uploaded, but problems were found.`, "attention"],
    [{ ...checkedBadly, finished: false, could_not_run: true }, `${folder}: Uploaded, but problems were found.`, "attention"],
  ] as const) {
    host.emit.snapshot(finished(null));
    host.emit.noticed({ notice: "receipt", transfer: "transfer-1" });
    expect(frame.banners.map((banner) => banner.text)).toEqual([`The receipt for ${folder} is ready.`]);
    host.emit.snapshot(finished(checks));
    expect(frame.banners.map((banner) => [banner.text, banner.tone])).toEqual([[text, tone]]);
  }
});

test("a browser that fails at the hand-over is reported once, with the address", async () => {
  const { frame, host } = await startFrame();
  await settled();
  host.openHandOver = () => Promise.resolve({ ok: true, value: false });
  host.emit.noticed({ notice: "hand_over", transfer: "transfer-1", opened: false });
  await frame.openHandOver("transfer-1");
  expect(frame.banners.map(({ text }) => text)).toEqual([expect.stringContaining("go to tdr.nationalarchives.gov.uk,")]);
  host.openHandOver = () => Promise.resolve({ ok: true, value: true });
  await frame.openHandOver("transfer-1");
  expect(frame.banners).toEqual([]);
  host.emit.noticed({ notice: "hand_over", transfer: "transfer-1", opened: false });
  host.emit.noticed({ notice: "hand_over", transfer: "transfer-1", opened: true });
  expect(frame.banners).toEqual([]);
});

test("the banner about a browser is closed once the browser opens", async () => {
  const { frame } = await startFrame();
  await frame.browse(Promise.resolve({ ok: true, value: false }));
  expect(frame.banners).toHaveLength(1);
  await frame.browse(Promise.resolve({ ok: true, value: true }));
  expect(frame.banners).toEqual([]);
});

/** Returns a script for a service that has no consignments. */
const toService = (changes: Partial<Script> = {}) => script({ about: { value: aboutDropBox }, ...changes });

test("a service without consignments opens a dropped folder at its start", async () => {
  const { frame, host } = await startFrame(toService());
  await settled();
  expect(frame.destination).toBe("service");
  host.emit.dropped({ state: "offered", offer });
  await settled();
  expect(host.calls).toEqual(["open offer-2 without a consignment"]);
  expect(frame.route).toEqual({ view: "transfer", id: "transfer-1" });
});

test("a folder dropped elsewhere waits at the start of a service without consignments", async () => {
  const { frame, host } = await startFrame(toService());
  await settled();
  frame.go({ view: "settings" });
  host.emit.dropped({ state: "offered", offer });
  await settled();
  expect([host.calls, frame.route, frame.offer]).toEqual([[], { view: "consignments" }, offer]);
});

test("a folder that a service without consignments cannot accept now is kept there", async () => {
  const { frame } = await startFrame(toService({ orders: failing("offline").problem }));
  await settled();
  await frame.open(offer, null);
  expect(frame.unopened).toEqual({ offer, consignment: null, problem: { code: "offline", detail: null } });
  expect(frame.problem).toBeNull();
});

test("another folder is chosen where the first one was", async () => {
  const { frame } = await startFrame();
  await settled();
  expect(frame.toFolder("TDR-2026-GBC")).toEqual({ view: "folder", consignment: "TDR-2026-GBC" });
  const other = await startFrame(toService());
  await settled();
  expect(other.frame.toFolder("County Record Office")).toEqual({ view: "consignments" });
});
