/** Every view in every state. */

import type { Frame } from "../../frame.svelte";
import type { Route } from "../../route";
import { type Hold, type Failure, type TransferNow, type WaitReason, waitReasons } from "../../generated/bindings";
import * as data from "./data";
import { failing, FakeHost, PENDING, script, type Script } from "./fake";

export type Scene = {
  name: string;
  view: string;
  title: string;
  route: Route;
  script: Script;
  /** Runs once the window is shown. */
  then?: (frame: Frame, host: FakeHost) => void;
  /** Buttons to press one after the other, by the start of their text. */
  press?: readonly string[];
  /** Values then to select in the last select, one after the other. */
  choose?: readonly string[];
  /** Keys then to press in the first list. */
  keys?: readonly string[];
};

/** The usual state of each view, of which there is also a dark screenshot. */
export const USUAL: readonly string[] = ["sign-in", "consignments", "folder", "check", "transfer", "transfer-waiting-upload-unreachable", "checks", "receipt", "transfers", "settings", "help-bad", "about", "transfer-cancel-how", "quit-asked"];

const HERE: Route = { view: "transfer", id: "transfer-1" };
const signedOut = (why: Failure["code"] | null = null) => script().snapshot && { ...script().snapshot, session: { state: "signed_out" as const, why } };
const offline = failing("offline");
const OFFER = { name: "Board papers", path: "/home/priya/Records/Board papers", token: "offer-2" };

function running(changes: Partial<TransferNow>, rest: Partial<Script> = {}): Script {
  return script(rest, [data.transfer(changes)]);
}

/** Returns the script with nobody or another person signed in, if the transfer waits for that. */
function sessionFor(reason: WaitReason, played: Script): Script {
  if (reason === "signed_out") return { ...played, snapshot: { ...played.snapshot, session: { state: "signed_out", why: "sign_in_needed" } } };
  if (reason === "different_person") return { ...played, snapshot: { ...played.snapshot, session: { state: "signed_in", person: data.colleague } } };
  return played;
}

/** Changes the session when the person signs out and in, as in the window. */
function followSignIn(_: Frame, host: FakeHost): void {
  const signOut = host.signOut.bind(host);
  const signIn = host.signIn.bind(host);
  host.signOut = () => {
    const transfers = host.script.snapshot.transfers.map((transfer) => ({ ...transfer, hold: waits("signed_out") }));
    host.change({ session: { state: "signed_out", why: null }, transfers });
    return signOut();
  };
  host.signIn = () => {
    host.change({ session: { state: "signing_in", address_known: true, opened: true } });
    return signIn();
  };
}

/** Makes the next `times` attempts to open a folder fail. */
function failToOpen(host: FakeHost, problem: Failure, times = Infinity): void {
  const open = host.open.bind(host);
  let left = times;
  host.open = (token, consignment) => {
    left -= 1;
    return left >= 0 ? Promise.resolve({ ok: false, problem }) : open(token, consignment);
  };
}

/** Returns a script after the check, before anything is sent. */
function checked(changes: Partial<TransferNow>, rest: Partial<Script> = {}): Script {
  const files = changes.check?.items ?? data.wellChecked.items;
  return running({ ...data.before, phase: "checked", ...changes }, { counts: { value: data.counts(files, { sent: 0, waiting: files }) }, ...rest });
}

/** Returns a script in which another program on this computer has the journal. */
function elsewhere(): Script {
  return script({ snapshot: { ...script().snapshot, owns_journal: false, blocked: { code: "journal_in_use", detail: "waybill send, process 4711" } } });
}

const AHEAD = data.transfer({ id: "transfer-9", destination: "TDR-2026-G9K", folder: "Board papers" });
const QUEUED: Hold = { state: "queued", behind: { transfer: AHEAD.id, folder: AHEAD.folder } };

/** Adds another transfer that has the turn. */
function behind(played: Script): Script {
  return { ...played, snapshot: { ...played.snapshot, transfers: [...played.snapshot.transfers, AHEAD] } };
}

/** Returns a script for a service that has no consignments. */
function dropBox(changes: Partial<Script> = {}, transfer?: Partial<TransferNow>): Script {
  const transfers = transfer === undefined ? [] : [data.transfer({ destination: data.DROP_BOX, ...transfer })];
  return script({ about: { value: data.aboutDropBox }, transfers: { value: data.lines.slice(0, 2).map((line) => ({ ...line, destination: data.DROP_BOX })) }, ...changes }, transfers);
}

/** The receipt of a folder that was sent to that service. */
const DROP_BOX_RECEIPT: Script["receipt"] = {
  value: { ...data.receipt, destination: data.DROP_BOX, consignment_id: null, series: null, service: data.DROP_BOX, website: null, handed_over: null, checks: null },
};

/** Findings from hashing that the check had not found. */
const FOUND_LATE: Script["groups"] = { value: [{ kind: "locked", effect: "leaves_out", count: 2, bytes: 0, sends: false }] };

function view(view: string) {
  return (name: string, title: string, rest: Omit<Scene, "name" | "view" | "title">): Scene => ({ name, view, title, ...rest });
}

const signIn = view("Sign in");
const consignments = view("Consignments");
const folder = view("Choose a folder");
const toService = view("A service without consignments");
const check = view("Check");
const sending = view("Transfer");
const handOver = view("Handed over");
const receipt = view("Receipt");
const transfers = view("All transfers");
const settings = view("Settings");
const help = view("Help");
const about = view("About");
const around = view("Around every view");

const LIST: Route = { view: "consignments" };
const FOLDER: Route = { view: "folder", consignment: "TDR-2026-GBC" };
const since = data.NOW - 12 * 60_000;

function waits(reason: WaitReason): Hold {
  return { state: "waiting", reason, since, next_try: reason === "offline" || reason === "slow_down" ? data.NOW + 90_000 : null };
}

export const scenes: readonly Scene[] = [
  signIn("sign-in-loading", "Not known yet", { route: LIST, script: script({ snapshot: { ...script().snapshot, session: { state: "loading" } } }) }),
  signIn("sign-in-loading-long", "Not known for a long time", { route: LIST, script: script({ snapshot: { ...script().snapshot, session: { state: "loading" } } }), then: (frame) => { frame.slowStart = true; } }),
  signIn("sign-in", "Signed out", { route: LIST, script: script({ snapshot: signedOut() }) }),
  signIn("sign-in-ended", "The session has ended", { route: LIST, script: script({ snapshot: { ...signedOut("sign_in_needed"), transfers: [data.transfer({ hold: waits("signed_out") })] } }) }),
  signIn("sign-in-refused", "The sign-in page rejected the sign-in", { route: LIST, script: script({ snapshot: signedOut("sign_in_refused") }) }),
  signIn("sign-in-offline", "The sign-in address does not respond", { route: LIST, script: script({ snapshot: signedOut("sign_in_unreachable") }) }),
  signIn("sign-in-preparing", "The address is not known yet", { route: LIST, script: script({ snapshot: { ...signedOut(), session: { state: "signing_in", address_known: false, opened: false } } }) }),
  signIn("sign-in-out", "The browser is open", { route: LIST, script: script({ snapshot: { ...signedOut(), session: { state: "signing_in", address_known: true, opened: true } } }), press: ["Copy the address"] }),
  signIn("sign-in-no-browser", "The browser could not be opened", { route: LIST, script: script({ snapshot: { ...signedOut(), session: { state: "signing_in", address_known: true, opened: false } } }) }),
  signIn("sign-in-kept", "A folder was dropped", { route: LIST, script: script({ snapshot: signedOut() }), then: (_, host) => { host.emit.dropped({ state: "offered", offer: OFFER }); } }),
  signIn("sign-in-no-service", "The service is not set up", { route: LIST, script: script({ about: { value: { ...data.about, service: null } }, snapshot: { ...signedOut(), owns_journal: false, blocked: { code: "profile_malformed", detail: "service.toml, line 4: unknown key" } } }) }),

  consignments("consignments-loading", "Loading", { route: LIST, script: script({ consignments: PENDING }) }),
  consignments("consignments-empty", "None", { route: LIST, script: script({ consignments: { value: [] } }) }),
  consignments("consignments-one", "One", { route: LIST, script: script({ consignments: { value: data.oneConsignment } }) }),
  consignments("consignments", "Every state", { route: LIST, script: running({}) }),
  consignments("consignments-many", "Many", { route: LIST, script: script({ consignments: { value: data.manyConsignments } }), press: ["Next page"] }),
  consignments("consignments-error", "Error", { route: LIST, script: script({ consignments: failing("service_failed", "HTTP 502") }) }),
  consignments("consignments-offline", "Offline", { route: LIST, script: script({ consignments: offline }) }),
  consignments("consignments-not-refreshed", "They cannot be refreshed", { route: LIST, script: script(), then: (_, host) => { host.script.consignments = offline; }, press: ["Refresh"] }),
  consignments("consignments-offer", "For a folder that was dropped", { route: LIST, script: script(), then: (frame) => (frame.offer = OFFER) }),
  consignments("consignments-opening", "The folder is being opened", { route: LIST, script: script(), then: (frame) => { frame.offer = OFFER; frame.opening = { folder: OFFER.name, consignment: "TDR-2026-GBC" }; } }),
  consignments("consignments-waiting", "The sign-in address does not respond", { route: LIST, script: script({ snapshot: { ...script().snapshot, session: { state: "waiting", person: data.person, reason: "sign_in_unreachable" } } }) }),

  folder("folder", "Drop or choose", { route: FOLDER, script: script() }),
  folder("folder-over", "A folder is dragged over the window", { route: FOLDER, script: script(), then: (_, host) => { host.emit.dropped({ state: "over" }); } }),
  folder("folder-several", "Several items were dropped", { route: FOLDER, script: script(), then: (_, host) => { host.emit.dropped({ state: "refused", problem: { why: "several", count: 3 } }); } }),
  folder("folder-file", "A file was dropped", { route: FOLDER, script: script(), then: (_, host) => { host.emit.dropped({ state: "refused", problem: { why: "unusable", problem: { code: "folder_is_file", detail: null } } }); } }),
  folder("folder-unreadable", "The folder cannot be read", { route: FOLDER, script: script(), then: (_, host) => { host.emit.dropped({ state: "refused", problem: { why: "unusable", problem: { code: "folder_unreadable", detail: "/home/priya/Records/Salaries: Permission denied" } } }); } }),
  folder("folder-refused", "The consignment cannot be used", { route: FOLDER, script: script(), then: (_, host) => { failToOpen(host, { code: "uploaded_elsewhere", detail: "TDR-2026-GBC" }); }, press: ["Choose a folder"] }),
  folder("folder-opening", "The folder is being opened", { route: FOLDER, script: script(), then: (frame) => { frame.opening = { folder: OFFER.name, consignment: "TDR-2026-GBC" }; } }),
  folder("folder-second", "Another was dropped while one was being opened", { route: FOLDER, script: script(), then: (frame, host) => { frame.opening = { folder: data.FOLDER, consignment: "TDR-2026-GBC" }; host.emit.dropped({ state: "offered", offer: OFFER }); } }),
  folder("folder-read-only", "Another Waybill has the journal", { route: FOLDER, script: elsewhere() }),
  folder("folder-offline", "The folder could not be opened", { route: FOLDER, script: script(), then: (_, host) => { failToOpen(host, { code: "offline", detail: null }, 1); }, press: ["Choose a folder"] }),

  toService("to-service", "Drop or choose", { route: LIST, script: dropBox() }),
  toService("to-service-sign-in", "Signed out", { route: LIST, script: dropBox({ snapshot: signedOut() }) }),
  toService("to-service-kept", "A folder was dropped before signing in", { route: LIST, script: dropBox({ snapshot: signedOut() }), then: (_, host) => { host.emit.dropped({ state: "offered", offer: OFFER }); } }),
  toService("to-service-offered", "A folder was dropped elsewhere", { route: LIST, script: dropBox(), then: (frame) => { frame.offer = OFFER; } }),
  toService("to-service-opening", "The folder is being opened", { route: LIST, script: dropBox(), then: (frame) => { frame.opening = { folder: OFFER.name, consignment: null }; } }),
  toService("to-service-offline", "The folder could not be opened", { route: LIST, script: dropBox(), then: (_, host) => { failToOpen(host, { code: "offline", detail: null }, 1); }, press: ["Choose a folder"] }),
  toService("to-service-sending", "Another was dropped on a transfer", { route: HERE, script: dropBox({}, {}), then: (_, host) => { host.emit.dropped({ state: "offered", offer: OFFER }); } }),
  toService("to-service-cancel", "Cancelled while sending", { route: { ...HERE, asking: "cancel" }, script: dropBox({}, {}) }),
  toService("to-service-give-up", "Giving up", { route: { ...HERE, asking: "give_up" }, script: dropBox({}, data.settling) }),
  toService("to-service-receipt", "The receipt", { route: HERE, script: dropBox({ receipt: DROP_BOX_RECEIPT }, { ...data.after, phase: "finished", has_receipt: true }) }),
  toService("to-service-transfers", "All transfers", { route: { view: "transfers" }, script: dropBox() }),
  toService("to-service-help", "Help", { route: { view: "help" }, script: dropBox({ selfTest: { value: data.dropBoxTest } }), press: ["Run the test"] }),
  toService("to-service-about", "About", { route: { view: "about" }, script: dropBox() }),

  check("check-walking", "Looking through the folder", { route: HERE, script: running({ ...data.before, phase: "walking", check: null, walked: { files: 1_204, bytes: 2_120_000_000, folders: 74 }, current: data.sendingNow.current }) }),
  check("check-well", "Everything can be sent", { route: HERE, script: checked({}, { groups: { value: [] } }) }),
  check("check-one", "One file", { route: HERE, script: checked({ check: { items: 1, bytes: data.ONE_FILE, left_out: 1, blocked: null } }, { groups: { value: data.groups.slice(1, 2).map((group) => ({ ...group, count: 1 })) } }) }),
  check("check", "Some files will not be sent", { route: HERE, script: checked({ check: { ...data.wellChecked, left_out: data.ASKED_ABOUT } }) }),
  check("check-open", "A group is open, agreement is missing", { route: HERE, script: checked({ check: { ...data.wellChecked, left_out: data.ASKED_ABOUT } }), press: ["Empty files", "Send 1,842", "Save the whole list"], keys: ["ArrowDown", "ArrowDown"] }),
  check("check-blocked", "Too many files", { route: HERE, script: checked({ check: { items: 7_204, bytes: 6_100_000_000, left_out: 31, blocked: "too_many_files" } }, { groups: { value: data.blockedGroups } }) }),
  check("check-nothing", "Nothing to send", { route: HERE, script: checked({ check: { items: 0, bytes: 0, left_out: 0, blocked: "nothing_to_send" } }, { groups: { value: [] } }) }),
  check("check-file-too-large", "A file is too large", { route: HERE, script: checked({ check: { ...data.wellChecked, left_out: 1 } }, { groups: { value: data.tooLarge } }), press: ["Files that are too large"] }),
  check("check-loading", "The findings are loading", { route: HERE, script: checked({}, { groups: PENDING }) }),
  check("check-error", "The findings cannot be read", { route: HERE, script: checked({}, { groups: failing("journal_corrupt", "/home/priya/.local/share/waybill/journal.sqlite") }) }),
  check("check-folder-gone", "The folder became unreachable during the walk", { route: HERE, script: running({ ...data.before, phase: "walking", check: null, hold: waits("folder_gone") }) }),
  check("check-behind", "Another folder is being sent", { route: HERE, script: behind(checked({}, { groups: { value: [] } })) }),
  check("check-many", "Very many files, and many that will not be sent", { route: HERE, script: checked({ check: { items: 4_998, bytes: 4_700_000_000, left_out: 12_000, blocked: null } }, { groups: { value: data.groups.slice(1, 2).map((group) => ({ ...group, count: 12_000 })) } }), press: ["Empty files"] }),
  check("check-leaves-out", "Reading the files found some that cannot be sent", { route: HERE, script: checked({ check: { ...data.wellChecked, items: 1_840, left_out: 2 }, hold: { state: "stopped", code: "leaves_out" } }, { groups: FOUND_LATE }) }),
  check("check-changed", "The folder has changed since it was checked", { route: HERE, script: checked({ check: { ...data.wellChecked, items: 1_845, left_out: data.ASKED_ABOUT }, hold: { state: "stopped", code: "folder_changed" } }) }),
  check("check-nothing-left", "Reading the files found that none can be sent", { route: HERE, script: checked({ check: { items: 0, bytes: 0, left_out: 2, blocked: null }, hold: { state: "stopped", code: "nothing_to_send" } }, { groups: FOUND_LATE }) }),
  check("check-stopped", "The journal could not record the order", { route: HERE, script: checked({ hold: { state: "stopped", code: "journal_corrupt" } }) }),
  check("check-paused", "Paused", { route: HERE, script: checked({ hold: { state: "paused" } }) }),
  check("check-paused-again", "Paused, after a start", { route: HERE, script: checked({ check: null, hold: { state: "paused" } }) }),
  check("check-queued-again", "Another is being sent, after a start", { route: HERE, script: behind(checked({ check: null, hold: QUEUED })) }),
  check("check-disk-full", "The disk is full", { route: HERE, script: checked({ hold: waits("disk_full") }) }),
  check("check-walking-paused", "Paused while the folder was looked through", { route: HERE, script: running({ ...data.before, phase: "walking", check: null, walked: { files: 1_204, bytes: 2_120_000_000, folders: 74 }, hold: { state: "paused" } }) }),
  check("check-walking-queued", "Another is sent before the folder is looked through", { route: HERE, script: behind(running({ ...data.before, phase: "walking", check: null, walked: { files: 0, bytes: 0, folders: 0 }, hold: QUEUED })) }),
  check("check-list-error", "The list of a finding cannot be read", { route: HERE, script: checked({ check: { ...data.wellChecked, left_out: data.ASKED_ABOUT } }, { findingsFail: true }), press: ["Empty files"] }),

  sending("transfer-loading", "Loading", { route: HERE, script: script({ details: { "transfer-1": PENDING } }) }),
  sending("transfer-error", "Not there", { route: { view: "transfer", id: "nobody" }, script: script() }),
  sending("transfer-hashing", "Checking every file", { route: HERE, script: running({ ...data.before, phase: "hashing", hashed: data.progress(601, 1_842, 1_120_000_000, 3_412_000_000), current: data.sendingNow.current }, { counts: { value: data.counts(1_842, { sent: 0, waiting: 1_842 }) } }) }),
  sending("transfer-registering", "Registering the files", { route: HERE, script: running({ ...data.before, phase: "registering" }, { counts: { value: data.counts(1_842, { sent: 0, waiting: 1_842 }) } }) }),
  sending("transfer", "Sending", { route: HERE, script: running({}) }),
  sending("transfer-file", "A file is selected", { route: HERE, script: running({}), keys: ["ArrowDown", "ArrowDown"] }),
  sending("transfer-empty-filter", "Files are loading", { route: HERE, script: running({}, { counts: PENDING }) }),
  sending("transfer-files-error", "The list of files cannot be read", { route: HERE, script: running({}, { itemsFail: true }) }),
  sending("transfer-counts-error", "The files cannot be counted", { route: HERE, script: running({}, { counts: failing("journal_corrupt", "/home/priya/.local/share/waybill/journal.sqlite") }) }),
  sending("transfer-no-files", "No file is in the state that is shown", { route: HERE, script: running({}), choose: ["set_aside"] }),
  sending("transfer-being-sent", "The files that are being sent", { route: HERE, script: running({}), choose: ["started"] }),
  sending("transfer-one-file", "One file", { route: HERE, script: running({ sent: data.progress(0, 1, 2_000_000, data.ONE_FILE), seconds_left: 1_139, current: `${data.FOLDER}/Minutes/1990/Minutes 000001.docx` }, { counts: { value: data.counts(1, { sent: 0, waiting: 1, started: 1 }) } }) }),
  sending("transfer-many-files", "200,000 files", { route: HERE, script: running({ sent: data.progress(86_000, 200_000, 43_000_000_000, 100_000_000_000), seconds_left: 13_255 }, { counts: { value: data.counts(200_000) } }) }),
  sending("transfer-million-files", "A million files", { route: HERE, script: running({ sent: data.progress(430_000, 1_000_000, 43_000_000_000, 100_000_000_000), seconds_left: 13_255 }, { counts: { value: data.counts(1_000_000) } }) }),
  sending("transfer-paused", "Paused", { route: HERE, script: running({ hold: { state: "paused" }, bytes_per_second: 0, seconds_left: null }) }),
  sending("transfer-queued", "Waiting for its turn", { route: HERE, script: behind(running({ hold: QUEUED, bytes_per_second: 0, seconds_left: null, current: null })) }),
  sending("transfer-queued-to-send", "Waiting to be sent while another is being sent", { route: HERE, script: behind(running({ ...data.before, phase: "hashing", hold: QUEUED }, { counts: { value: data.counts(1_842, { sent: 0, waiting: 1_842 }) } })) }),
  sending("transfer-queued-nobody", "Waiting for its turn, between two", { route: HERE, script: running({ hold: { state: "queued", behind: null }, bytes_per_second: 0, seconds_left: null, current: null }) }),
  sending("transfer-limit", "The speed limit is open", { route: HERE, script: running({ bytes_per_second: 2_000_000, seconds_left: 972 }, { settings: { value: { ...data.settings, speed_limit: 2_000_000 } } }), press: ["Limit the speed"] }),
  sending("transfer-stopped", "Stopped", { route: HERE, script: running({ hold: { state: "stopped", code: "registration_unclear" }, phase: "confirming", ...data.before }, { counts: { value: data.counts(1_842, { sent: 0, waiting: 1_842 }) } }) }),
  sending("transfer-set-aside", "Two files set aside meanwhile", { route: HERE, script: running({ set_aside: 2 }, { counts: { value: data.counts(1_842, { set_aside: 2, waiting: 1_048 }) } }) }),
  sending("transfer-settling", "Some files could not be sent", { route: HERE, script: running(data.settling, { counts: { value: data.counts(1_842, { sent: 1_840, waiting: 0, set_aside: 2 }) } }), press: ["Show these files"], keys: ["ArrowDown"] }),
  sending("transfer-settling-resting", "Some files could not be sent, and it is not running", { route: { view: "transfer", id: "transfer-2" }, script: script({ details: { "transfer-2": { value: data.detail(data.lines[1] as (typeof data.lines)[0], { last_hold: "items_set_aside" }) } } }) }),
  sending("transfer-settling-paused", "Some files could not be sent, and it is paused", { route: HERE, script: running({ ...data.settling, hold: { state: "paused" } }) }),
  sending("transfer-resting", "Not running", { route: { view: "transfer", id: "transfer-2" }, script: script({ details: { "transfer-2": { value: data.detail({ ...data.lines[0], id: "transfer-2" } as (typeof data.lines)[0], { last_hold: "upload_unreachable" }) } } }) }),
  sending("transfer-other-service", "Of another service", { route: { view: "transfer", id: "transfer-2" }, script: script({ details: { "transfer-2": { value: data.detail({ ...data.lines[0], id: "transfer-2", same_service: false } as (typeof data.lines)[0]) } } }) }),
  sending("transfer-other-service-settling", "Of another service, some files could not be sent, paused", { route: { view: "transfer", id: "transfer-2" }, script: script({ details: { "transfer-2": { value: data.detail({ ...data.lines[1], paused: true, same_service: false } as (typeof data.lines)[0]) } } }) }),
  sending("transfer-other-service-paused", "Of another service, paused", { route: { view: "transfer", id: "transfer-2" }, script: script({ details: { "transfer-2": { value: data.detail({ ...data.lines[0], id: "transfer-2", paused: true, same_service: false } as (typeof data.lines)[0]) } } }) }),
  sending("transfer-in-use", "Another Waybill has the journal", { route: HERE, script: elsewhere() }),
  sending("transfer-second-drop", "A second folder is dropped", { route: HERE, script: running({}), then: (_, host) => { host.emit.dropped({ state: "offered", offer: OFFER }); } }),
  sending("transfer-order-fails", "A command fails", { route: HERE, script: running({}, { orders: { code: "not_possible_now", detail: null } }), press: ["Pause"] }),
  sending("transfer-signing-in", "Signing in from here", { route: HERE, script: running({ hold: waits("signed_out"), bytes_per_second: 0, seconds_left: null, current: null }, { snapshot: { ...signedOut(), session: { state: "signing_in", address_known: true, opened: true }, transfers: [data.transfer({ hold: waits("signed_out") })] } }), press: ["Copy the address"] }),
  sending("transfer-no-browser", "Signing in from here, and the browser does not open", { route: HERE, script: running({}, { snapshot: { ...signedOut(), session: { state: "signing_in", address_known: true, opened: false }, transfers: [data.transfer({ hold: waits("signed_out"), bytes_per_second: 0, seconds_left: null, current: null })] } }) }),
  sending("transfer-cancel-early", "Cancel, before anything was sent", { route: { ...HERE, asking: "cancel" }, script: running({ ...data.before, phase: "hashing" }) }),
  sending("transfer-cancel", "Cancel, while sending", { route: { ...HERE, asking: "cancel" }, script: running({}) }),
  sending("transfer-cancel-how", "Cancel, without saying how", { route: { ...HERE, asking: "cancel" }, script: running({}), press: ["Cancel the transfer"] }),
  sending("transfer-give-up", "Give up", { route: { ...HERE, asking: "give_up" }, script: running(data.settling) }),
  sending("transfer-cancelled", "Cancelled", { route: HERE, script: running({ phase: "cancelled" }) }),
  sending("transfer-given-up", "Given up, without a receipt", { route: HERE, script: running({ phase: "given_up" }) }),
  ...waitReasons.map((reason) => sending(`transfer-waiting-${reason.replaceAll("_", "-")}`, `Waiting: ${reason.replaceAll("_", " ")}`, { route: HERE, script: sessionFor(reason, running({ ...(reason === "registration_in_doubt" ? { phase: "registering" as const } : {}), hold: waits(reason), bytes_per_second: 0, seconds_left: null, current: null })), then: followSignIn })),

  handOver("hand-over", "The website has to start the checks", { route: HERE, script: running({ ...data.after, phase: "handing_over" }) }),
  handOver("hand-over-no-browser", "The browser could not be opened", { route: HERE, script: running({ ...data.after, phase: "handing_over" }), then: (_, host) => { host.openHandOver = () => Promise.resolve({ ok: true, value: false }); }, press: ["Open the TDR website"] }),
  handOver("hand-over-given-up", "The website has to record that the upload is not complete", { route: HERE, script: running({ ...data.after, phase: "handing_over", sent: data.allButTwo, set_aside: 2 }) }),
  handOver("hand-over-paused", "Paused", { route: HERE, script: running({ ...data.after, phase: "handing_over", hold: { state: "paused" } }) }),
  handOver("hand-over-signed-out", "Signed out", { route: HERE, script: sessionFor("signed_out", running({ ...data.after, phase: "handing_over", hold: waits("signed_out") })) }),
  handOver("checks-begin", "The checks have started", { route: HERE, script: running({ ...data.after, phase: "being_checked" }) }),
  handOver("checks", "Under way", { route: HERE, script: running({ ...data.after, phase: "being_checked", checks: data.checks() }) }),
  handOver("checks-paused", "Paused", { route: HERE, script: running({ ...data.after, phase: "being_checked", checks: data.checks(), hold: { state: "paused" } }) }),
  handOver("checks-offline", "Offline", { route: HERE, script: running({ ...data.after, phase: "being_checked", checks: data.checks(), hold: waits("offline") }) }),
  handOver("checks-bad", "Problems found", { route: HERE, script: running({ ...data.after, phase: "being_checked", checks: data.checkedBadly }) }),
  handOver("checks-bad-loading", "Problems found, the list of files is loading", { route: HERE, script: running({ ...data.after, phase: "being_checked", checks: data.checkedBadly }, { checkFailures: PENDING }) }),
  handOver("checks-bad-signed-out", "Problems found, signed out", { route: HERE, script: sessionFor("signed_out", running({ ...data.after, phase: "being_checked", checks: data.checkedBadly }, { checkFailures: failing("sign_in_needed") })) }),
  handOver("checks-bad-many", "Problems found in very many files", { route: HERE, script: running({ ...data.after, phase: "being_checked", checks: data.checkedBadly }, { checkFailures: { value: { files: 12_000, rows: 10_000, groups: [{ check: "FFID", result: "Zip", files: 12_000 }] } } }), keys: ["ArrowDown"] }),
  handOver("checks-bad-one", "Problems found in one file", { route: HERE, script: running({ ...data.after, phase: "being_checked", checks: data.checkedBadly }, { checkFailures: { value: { files: 1, rows: 1, groups: [{ check: "Antivirus", result: "VirusDetected", files: 1 }] } } }), keys: ["ArrowDown"] }),
  handOver("checks-bad-none-named", "Problems found, and no file is named", { route: HERE, script: running({ ...data.after, phase: "being_checked", checks: data.checkedBadly }, { checkFailures: { value: { files: 0, rows: 0, groups: [] } } }) }),
  handOver("checks-bad-error", "Problems found, and the service does not say where", { route: HERE, script: running({ ...data.after, phase: "being_checked", checks: data.checkedBadly }, { checkFailures: failing("service_failed", "HTTP 502") }) }),
  handOver("checks-bad-offline", "Problems found, offline", { route: HERE, script: running({ ...data.after, phase: "being_checked", checks: data.checkedBadly }, { checkFailures: offline }) }),
  handOver("checks-could-not-run", "Could not run", { route: HERE, script: running({ ...data.after, phase: "being_checked", checks: data.checks({ could_not_run: true }) }) }),

  receipt("receipt-loading", "Loading", { route: HERE, script: running({ ...data.after, phase: "finished" }, { receipt: PENDING }) }),
  receipt("receipt", "Uploaded", { route: HERE, script: running({ ...data.after, phase: "finished", has_receipt: true }, { counts: { value: data.counts(1_842, { sent: 1_842, waiting: 0 }) } }) }),
  receipt("receipt-all", "Uploaded, nothing was left out", { route: HERE, script: running({ ...data.after, phase: "finished", has_receipt: true }, { receipt: { value: { ...data.receipt, not_sent: 0 } }, counts: { value: data.counts(1_842, { sent: 1_842, waiting: 0 }) } }) }),
  receipt("receipt-left-out", "The list of what was left out is open", { route: HERE, script: running({ ...data.after, phase: "finished", has_receipt: true }, { counts: { value: data.counts(1_842, { sent: 1_842, waiting: 0 }) } }), press: ["Empty files"] }),
  receipt("receipt-left-out-error", "What was left out cannot be read", { route: HERE, script: running({ ...data.after, phase: "finished", has_receipt: true }, { groups: failing("journal_corrupt"), counts: { value: data.counts(1_842, { sent: 1_842, waiting: 0 }) } }) }),
  receipt("receipt-problems", "Uploaded, problems found", { route: HERE, script: running({ ...data.after, phase: "finished", has_receipt: true }, { receipt: { value: { ...data.receipt, checks: data.checkedBadly } }, counts: { value: data.counts(1_842, { sent: 1_842, waiting: 0 }) } }), press: ["Page to read"] }),
  receipt("receipt-could-not-run", "Uploaded, the checks could not be run", { route: HERE, script: running({ ...data.after, phase: "finished", has_receipt: true, checks: data.checks({ could_not_run: true }) }, { receipt: { value: { ...data.receipt, checks: data.checks({ could_not_run: true }) } }, counts: { value: data.counts(1_842, { sent: 1_842, waiting: 0 }) } }) }),
  receipt("receipt-not-complete", "Given up", { route: HERE, script: running({ ...data.after, phase: "given_up", has_receipt: true }, { receipt: { value: { ...data.receipt, outcome: "not_complete", files: 1_840, not_sent: data.receipt.not_sent + 2, checks: null, series: null, email: null } }, counts: { value: data.counts(1_842, { sent: 1_840, waiting: 0, set_aside: 2 }) } }) }),
  receipt("receipt-problems-offline", "Uploaded, problems found, offline", { route: HERE, script: running({ ...data.after, phase: "finished", has_receipt: true }, { receipt: { value: { ...data.receipt, checks: data.checkedBadly } }, checkFailures: offline, counts: { value: data.counts(1_842, { sent: 1_842, waiting: 0 }) } }) }),
  receipt("receipt-nothing-sent", "Given up before anything was sent", { route: HERE, script: running({ ...data.before, phase: "given_up", has_receipt: true }, { receipt: { value: { ...data.receipt, outcome: "not_complete", handed_over: null, files: 0, bytes: 0, not_sent: data.receipt.not_sent + 1_842, checks: null } }, counts: { value: data.counts(1_842, { sent: 0, waiting: 1_842 }) } }) }),
  receipt("receipt-one", "One file", { route: HERE, script: running({ ...data.after, phase: "finished", has_receipt: true }, { receipt: { value: { ...data.receipt, files: 1, bytes: data.ONE_FILE, not_sent: 1 } }, groups: { value: data.groups.slice(1, 2).map((group) => ({ ...group, count: 1 })) }, counts: { value: data.counts(1, { sent: 1, waiting: 0 }) } }) }),
  receipt("receipt-many", "Very many files", { route: HERE, script: running({ ...data.after, phase: "finished", has_receipt: true }, { receipt: { value: { ...data.receipt, files: 200_000, bytes: 100_000_000_000, not_sent: 12_000 } }, groups: { value: data.groups.slice(1, 2).map((group) => ({ ...group, count: 12_000 })) }, counts: { value: data.counts(200_000, { sent: 200_000, waiting: 0 }) } }) }),
  receipt("receipt-error", "Error", { route: HERE, script: running({ ...data.after, phase: "finished" }, { receipt: failing("not_possible_now", null) }) }),

  transfers("transfers-loading", "Loading", { route: { view: "transfers" }, script: script({ transfers: PENDING }) }),
  transfers("transfers-empty", "None", { route: { view: "transfers" }, script: script({ transfers: { value: [] } }) }),
  transfers("transfers-one", "One", { route: { view: "transfers" }, script: running({}, { transfers: { value: data.lines.slice(0, 1) } }) }),
  transfers("transfers", "Several", { route: { view: "transfers" }, script: running({}) }),
  transfers("transfers-paused", "Some are paused since the start", { route: LIST, script: script({}, [data.transfer({ hold: { state: "paused" }, bytes_per_second: 0, seconds_left: null }), ...["Estate plans", "Board papers", "Scans", "Photographs", "Minutes", "Accounts"].map((folder, index) => data.transfer({ id: `paused-${String(index)}`, folder, destination: `TDR-2026-P${String(index)}`, hold: { state: "paused" } }))]) }),
  transfers("transfers-many", "Many", { route: { view: "transfers" }, script: script({ transfers: { value: data.manyLines } }), press: ["Next page"] }),
  transfers("transfers-error", "The journal cannot be read", { route: { view: "transfers" }, script: script({ transfers: failing("journal_corrupt", "/home/priya/.local/share/waybill/journal.sqlite") }) }),
  transfers("transfers-offline", "Offline, and signed out", { route: { view: "transfers" }, script: script({ snapshot: signedOut("sign_in_unreachable") }) }),

  settings("settings-loading", "Loading", { route: { view: "settings" }, script: script({ settings: PENDING }) }),
  settings("settings", "As they are", { route: { view: "settings" }, script: running({}) }),
  settings("settings-saved", "Saved", { route: { view: "settings" }, script: script({ settings: { value: { ...data.settings, speed_limit: 1_500_000 } } }), press: ["Save settings"] }),
  settings("settings-error", "Error", { route: { view: "settings" }, script: script({ settings: failing("data_folder_unusable", "/home/priya/.local/share/waybill: Read-only file system") }) }),

  help("help", "Initial state", { route: { view: "help" }, script: running({ hold: waits("offline") }) }),
  help("help-testing", "Testing", { route: { view: "help" }, script: script({ selfTest: PENDING }), press: ["Run the test"] }),
  help("help-good", "Everything works", { route: { view: "help" }, script: script(), press: ["Run the test"] }),
  help("help-bad", "A test failed", { route: { view: "help" }, script: script({ selfTest: { value: data.badTest } }), press: ["Run the test", "Save a support bundle"] }),
  help("help-not-tested", "Some things could not be tested", { route: { view: "help" }, script: script({ selfTest: { value: data.offlineTest } }), press: ["Run the test"] }),
  help("help-saving", "A support bundle is being saved", { route: { view: "help" }, script: script(), then: (_, host) => { host.saveSupportBundle = () => new Promise(() => undefined); }, press: ["Save a support bundle"] }),
  help("help-error", "The test cannot be run", { route: { view: "help" }, script: script({ selfTest: failing("internal", null) }), press: ["Run the test"] }),
  help("help-states", "The states explained", { route: { view: "help" }, script: script(), press: ["What a transfer is doing", "What a transfer is waiting for", "Why a transfer is not running", "What a consignment is ready for"] }),

  about("about", "As it is", { route: { view: "about" }, script: script() }),
  about("about-no-service", "The service is not set up", { route: { view: "about" }, script: script({ about: { value: { ...data.about, service: null } }, snapshot: { ...script().snapshot, owns_journal: false, blocked: { code: "profile_malformed", detail: "service.toml, line 4: unknown key" } } }) }),
  about("about-loading", "Loading", { route: { view: "about" }, script: script({ about: PENDING }) }),

  around("quit-asked", "Quit while sending", { route: HERE, script: running({}), then: (_, host) => { host.emit.quitAsked({ sending: 1 }); } }),
  around("sign-out-asked", "Sign out while sending", { route: HERE, script: running({}), press: ["Sign out"] }),
  around("around-offline", "The sign-in address does not respond", { route: { view: "settings" }, script: running({ hold: waits("offline") }, { snapshot: { ...script().snapshot, session: { state: "waiting", person: data.person, reason: "sign_in_unreachable" }, transfers: [data.transfer({ hold: waits("offline") })] } }) }),
  around("notices", "Notices", {
    route: LIST,
    script: running({ phase: "finished" }),
    then: (_, host) => {
      const window = host.emit;
      window.closedToTray({ minimised: false, sending: false });
      window.noticed({ notice: "clock_off", seconds: 600 });
      window.noticed({ notice: "settings_not_read", problem: { code: "settings_unreadable", detail: "/home/priya/.local/share/waybill/settings.toml: line 2: invalid string" } });
      window.noticed({ notice: "session_not_kept", problem: { code: "keychain_unavailable", detail: null } });
      window.noticed({ notice: "receipt", transfer: "transfer-1" });
      window.noticed({ notice: "hand_over", transfer: "transfer-1", opened: false });
      window.noticed({ notice: "not_resumed", transfer: "transfer-1", problem: { code: "different_person", detail: null } });
    },
  }),
];
