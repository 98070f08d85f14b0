/** The fake host's data, which is always the same. */

import type {
  About,
  CheckFailureLine,
  CheckFailures,
  CheckNumbers,
  ConsignmentLine,
  ConsignmentState,
  FindingGroup,
  FindingKind,
  FindingLine,
  ItemCounts,
  ItemFilter,
  ItemLine,
  Person,
  Progress,
  ReceiptSummary,
  SelfTestDetail,
  SelfTestLine,
  ServiceChecks,
  Settings,
  Phase,
  TransferDetail,
  TransferLine,
  TransferNow,
} from "../../generated/bindings";

/** The time in every scene. */
export const NOW = Date.UTC(2026, 2, 12, 14, 35);
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export const person: Person = { name: "Priya Shah", email: "priya.shah@example.gov.uk", body: "MOCK1 Department" };

/** Another person, who uses the same computer. */
export const colleague: Person = { name: "Ben Okafor", email: "ben.okafor@example.gov.uk", body: "MOCK1 Department" };

export const about: About = {
  name: "Waybill",
  version: "0.1.0",
  service: {
    name: "tdr",
    title: "Transfer Digital Records",
    website: "tdr.nationalarchives.gov.uk",
    upload: "upload.tdr.nationalarchives.gov.uk",
    destination: "consignment",
    max_files: 5_000,
    max_file_bytes: 5_000_000_000,
    max_transfer_bytes: 5_000_000_000,
  },
  platform: "linux x86_64",
  data_folder: "/home/priya/.local/share/waybill",
  log_folder: "/home/priya/.local/state/waybill/logs",
};

/** The title of a service that has no consignments. */
export const DROP_BOX = "County Record Office";

/** The same program, set up for that service, which has no website either. */
export const aboutDropBox: About = {
  ...about,
  service: about.service && { ...about.service, name: "drop-box", title: DROP_BOX, website: null, upload: "drop.records.example", destination: "service" },
};

export function progress(items_done: number, items_total: number, bytes_done: number, bytes_total: number): Progress {
  const share = bytes_total === 0 ? 0 : Math.floor((bytes_done / bytes_total) * 1000);
  return { items_done, items_total, bytes_done, bytes_total, per_mille: items_done < items_total ? Math.min(share, 999) : share };
}

export const FOLDER = "Parish council records";
export const REFERENCE = "TDR-2026-GB7";
const FILES = 1_842;
const BYTES = 3_412_000_000;
/** The only file of a transfer that has one. */
export const ONE_FILE = 4_900_000_000;
/** The numbers of files in the findings below that are left out, and that the person is asked about. */
const LEFT_OUT = 155;
export const ASKED_ABOUT = 37;

export const nothing = progress(0, 0, 0, 0);
const whole = progress(FILES, FILES, BYTES, BYTES);

export const wellChecked: CheckNumbers = { items: FILES, bytes: BYTES, left_out: 0, blocked: null };

export const sendingNow: TransferNow = {
  id: "transfer-1",
  destination: REFERENCE,
  folder: FOLDER,
  phase: "sending",
  hold: { state: "running" },
  has_turn: true,
  walked: { files: FILES, bytes: BYTES, folders: 112 },
  hashed: nothing,
  sent: progress(792, FILES, 1_467_160_000, BYTES),
  bytes_per_second: 4_300_000,
  seconds_left: 452,
  current: `${FOLDER}/Minutes/2019/11 November/Minutes of the extraordinary meeting of 14 November 2019 (signed).pdf`,
  check: wellChecked,
  set_aside: 0,
  checks: null,
  has_receipt: false,
};

export function transfer(changes: Partial<TransferNow> = {}): TransferNow {
  const now = { ...sendingNow, ...changes };
  return { ...now, has_turn: hasTurn(now) };
}

/** Follows the program's rule: a transfer that is paused, or waits for its folder or its person, lets others go first. */
function hasTurn({ phase, hold }: Pick<TransferNow, "phase" | "hold">): boolean {
  const atWork: readonly Phase[] = ["walking", "hashing", "starting", "registering", "confirming", "sending", "settling"];
  if (hold.state === "running") return atWork.includes(phase);
  return hold.state === "waiting" && hold.reason !== "folder_gone" && hold.reason !== "different_person" && [...atWork, "checked"].includes(phase);
}

export const before: Partial<TransferNow> = { sent: progress(0, FILES, 0, BYTES), bytes_per_second: 0, seconds_left: null, current: null };
export const after: Partial<TransferNow> = { sent: whole, bytes_per_second: 0, seconds_left: null, current: null };

export function checks(changes: Partial<ServiceChecks> = {}): ServiceChecks {
  return { files: FILES, antivirus: FILES, checksum: 1_204, format: 611, finished: false, all_succeeded: false, could_not_run: false, ...changes };
}

export const checkedWell = checks({ checksum: FILES, format: FILES, finished: true, all_succeeded: true });
export const checkedBadly = checks({ checksum: FILES, format: FILES, finished: true });

export const checkFailures: CheckFailures = {
  files: 4,
  rows: 5,
  groups: [
    { check: "Antivirus", result: "VirusDetected", files: 1 },
    { check: "ChecksumMatch", result: "Mismatch", files: 1 },
    { check: "FFID", result: "PasswordProtected", files: 2 },
    { check: "FFID", result: "Zip", files: 1 },
  ],
};

/** Returns a failure for each file of each finding, repeatedly. */
export function checkFailure(index: number, all: CheckFailures): CheckFailureLine {
  const turns = all.groups.flatMap(({ check, result, files }) => Array.from({ length: Math.min(files, 100) }, () => ({ check, result })));
  const { check, result } = turns[index % turns.length] ?? { check: "FFID", result: "Zip" };
  // If there are more findings than files, the last ones belong to the first files.
  const file = index % all.files;
  const zip = Array.from({ length: Math.ceil(all.rows / all.files) }, (_, time) => turns[(file + time * all.files) % turns.length]?.result).includes("Zip");
  return { path: `${FOLDER}/Correspondence/${String(1990 + (file % 36))}/Attachment ${String(file + 1)}.${zip ? "zip" : "docx"}`, check, result };
}

function consignment(reference: string, series: string | null, daysAgo: number, state: ConsignmentState, changes: Partial<ConsignmentLine> = {}): ConsignmentLine {
  const refusals: Partial<Record<ConsignmentState, string>> = {
    needs_agreement: "needs_agreement",
    uploading: "uploaded_elsewhere",
    checking: "uploaded_elsewhere",
    checked: "uploaded_elsewhere",
    failed: "uploaded_elsewhere",
    done: "consignment_done",
    judgment: "judgment",
  };
  const created = new Date(NOW - daysAgo * DAY).toISOString();
  return { reference, series, created, state, refusal: (refusals[state] ?? null) as ConsignmentLine["refusal"], files: 0, here: null, ...changes };
}

export const manyConsignments: ConsignmentLine[] = Array.from({ length: 2_400 }, (_, index) => {
  const states: ConsignmentState[] = ["ready", "needs_agreement", "checking", "checked", "done"];
  return consignment(`TDR-${String(2026 - Math.floor(index / 800))}-${index.toString(36).toUpperCase().padStart(3, "B")}`, `MOCK1 ${String(100 + (index % 37))}`, Math.floor(index / 3), states[index % states.length] ?? "ready");
});

export const groups: FindingGroup[] = [
  { kind: "unreadable", effect: "leaves_out", count: 2, bytes: 0, sends: false },
  { kind: "empty_file", effect: "leaves_out", count: 31, bytes: 0, sends: false },
  { kind: "refused_format", effect: "leaves_out", count: 4, bytes: 88_400_000, sends: false },
  { kind: "names_differ_in_case", effect: "warns", count: 2, bytes: 41_000, sends: true },
  { kind: "excluded_name", effect: "leaves_out_unasked", count: 118, bytes: 1_402_000, sends: false },
];

export const tooLarge: FindingGroup[] = [{ kind: "file_too_large", effect: "leaves_out", count: 1, bytes: 7_200_000_000, sends: false }];

export const blockedGroups: FindingGroup[] = [{ kind: "too_many_files", effect: "blocks", count: 1, bytes: 0, sends: false }, ...groups.slice(1, 2)];

const DETAILS: Partial<Record<FindingKind, string>> = {
  unreadable: "Permission denied",
  refused_format: "zip",
  too_many_files: "7204 files; the limit is 5000",
};
const NAMES: Partial<Record<FindingKind, string>> = { excluded_name: "Thumbs.db", file_too_large: "Interview.mov", refused_format: "backup.zip", unreadable: "salaries" };
/** Two names in one folder, each of which mentions the other. */
const ALIKE = ["Agenda.pdf", "agenda.PDF"] as const;

export function finding(kind: FindingKind, index: number): FindingLine {
  const alike = kind === "names_differ_in_case";
  const name = alike ? ALIKE[index % 2] : (NAMES[kind] ?? `note ${String(index + 1)}.txt`);
  const place = `${FOLDER}/Correspondence/${String(1990 + (alike ? 0 : index % 36))}`;
  return {
    kind,
    // A finding about the whole folder has no path.
    path: kind === "too_many_files" ? "" : `${place}/${name ?? ""}`,
    raw_name: kind === "name_not_unicode" ? "6e6f7465ff" : null,
    is_folder: kind === "unreadable" || kind === "too_many_files",
    size: kind === "empty_file" ? 0 : kind === "file_too_large" ? 7_200_000_000 : kind === "refused_format" ? 22_100_000 : null,
    detail: alike ? `${place}/${ALIKE[(index + 1) % 2] ?? ""}` : (DETAILS[kind] ?? null),
  };
}

export function counts(all: number, changes: Partial<ItemCounts> = {}): ItemCounts {
  const sent = changes.sent ?? Math.floor(all * 0.43);
  const waiting = changes.waiting ?? all - sent;
  // Consistent with `item`.
  const started = sent > 0 ? Math.min(3, waiting) : 0;
  return { all, waiting, started, sent, set_aside: 0, left_out: 0, ...changes };
}

const PLACES = [
  { folder: "Minutes", name: "Minutes", kind: "docx" },
  { folder: "Correspondence", name: "Letter", kind: "pdf" },
  { folder: "Accounts and audit/Annual return", name: "Return", kind: "xlsx" },
  { folder: "Planning applications", name: "Application", kind: "pdf" },
  { folder: "Photographs of the parish – Überblick", name: "Photograph", kind: "jpg" },
] as const;

function itemSize(index: number): number {
  return 1_000 + ((index * 7_919) % 9_000_000);
}

/** Everything except the first two files, which could not be sent. */
export const allButTwo = progress(FILES - 2, FILES, BYTES - itemSize(0) - itemSize(1), BYTES);
/** The program stops in this phase until the person has decided. */
export const settling: Partial<TransferNow> = { ...after, phase: "settling", hold: { state: "stopped", code: "items_set_aside" }, sent: allButTwo, set_aside: 2 };

export function item(index: number, filter: ItemFilter, all: ItemCounts): ItemLine {
  const sent = filter === "sent" || (filter === "all" && index < all.sent);
  const setAside = filter === "set_aside" || (filter === "all" && !sent && index < all.sent + all.set_aside);
  const leftOut = filter === "left_out";
  const started = filter === "started" || (filter === "waiting" && index < all.started) || (filter === "all" && !sent && !setAside && index < all.sent + all.set_aside + all.started);
  const place = PLACES[index % PLACES.length] ?? PLACES[0];
  const year = 1990 + (index % 36);
  return {
    item: index,
    path: `${FOLDER}/${place.folder}/${String(year)}/${place.name} ${String(index + 1).padStart(6, "0")}.${place.kind}`,
    size: all.all === 1 ? ONE_FILE : itemSize(index),
    modified: NOW - (index % 4_000) * DAY,
    state: sent ? "sent" : setAside ? "set_aside" : leftOut ? "left_out" : started ? "started" : "ready",
    why: setAside ? (index % 2 === 0 ? "changed_after_checking" : "locked") : leftOut ? "unreadable" : null,
    sha256: leftOut ? null : (index + 1).toString(16).padStart(64, "5f2a9c"),
    sent_at: sent ? NOW - 20 * MINUTE + index : null,
  };
}

export const lines: TransferLine[] = [
  { id: "transfer-1", destination: REFERENCE, folder: FOLDER, created: NOW - 40 * MINUTE, phase: "sending", paused: false, sent: sendingNow.sent, set_aside: 0, checks: null, has_receipt: false, same_service: true },
  { id: "transfer-2", destination: "TDR-2026-FY8", folder: "Board papers 2004 to 2010", created: NOW - 3 * DAY, phase: "settling", paused: false, sent: progress(410, 412, 902_000_000, 911_000_000), set_aside: 2, checks: null, has_receipt: false, same_service: true },
  { id: "transfer-7", destination: "TDR-2026-FY1", folder: "Estate plans", created: NOW - 5 * DAY, phase: "sending", paused: true, sent: progress(31, 240, 1_200_000_000, 9_400_000_000), set_aside: 0, checks: null, has_receipt: false, same_service: true },
  { id: "transfer-8", destination: "TDR-2026-FX9", folder: "Annual reports", created: NOW - 16 * DAY, phase: "finished", paused: false, sent: progress(64, 64, 310_000_000, 310_000_000), set_aside: 0, checks: checkedWell, has_receipt: true, same_service: true },
  { id: "transfer-3", destination: "TDR-2026-FX4", folder: "Ministerial submissions", created: NOW - 21 * DAY, phase: "being_checked", paused: false, sent: progress(96, 96, 48_000_000, 48_000_000), set_aside: 0, checks: checks({ files: 96, antivirus: 96, checksum: 60, format: 0 }), has_receipt: false, same_service: true },
  { id: "transfer-4", destination: "TDR-2026-FW1", folder: "Registry_files_with_a_very_long_name_that_has_no_spaces_to_break_at_1974-1981", created: NOW - 30 * DAY, phase: "finished", paused: false, sent: progress(4_998, 4_998, 4_700_000_000, 4_700_000_000), set_aside: 0, checks: checkedBadly, has_receipt: true, same_service: true },
  { id: "transfer-5", destination: "TDR-2026-FQK", folder: "Scans", created: NOW - 44 * DAY, phase: "given_up", paused: false, sent: progress(12, 80, 5_000_000, 60_000_000), set_aside: 68, checks: null, has_receipt: true, same_service: true },
  { id: "transfer-6", destination: "TDR-2025-XB3", folder: "Trial", created: NOW - 130 * DAY, phase: "cancelled", paused: false, sent: progress(0, 3, 0, 9_000), set_aside: 0, checks: null, has_receipt: false, same_service: true },
];

/** Returns a consignment with a transfer from this computer. */
function here(id: string, created: number, state: ConsignmentState, series: string): ConsignmentLine {
  const line = lines.find((one) => one.id === id);
  if (!line) throw new Error(`there is no ${id}`);
  const { phase, paused, checks: found } = line;
  return consignment(line.destination, series, created, state, { refusal: null, here: { transfer: id, phase, per_mille: line.sent.per_mille, paused, checks: found } });
}

/** Those with a transfer from this computer match the list of transfers. */
export const consignments: ConsignmentLine[] = [
  consignment("TDR-2026-GBC", "MOCK1 123", 1, "ready"),
  here("transfer-1", 2, "uploading", "MOCK1 123"),
  here("transfer-2", 4, "uploading", "MOCK1 88"),
  here("transfer-7", 6, "uploading", "MOCK1 88"),
  consignment("TDR-2026-GA2", "MOCK1 88", 9, "needs_agreement"),
  consignment("TDR-2026-FZZ", null, 15, "uploading"),
  here("transfer-8", 17, "checked", "MOCK1 123"),
  here("transfer-3", 22, "checking", "MOCK1 9 Correspondence and papers of the Permanent Secretary"),
  consignment("TDR-2026-FWV", "MOCK1 9", 27, "checking"),
  here("transfer-4", 31, "failed", "MOCK1 9"),
  // Its upload was started and cancelled here, so it is not another person's.
  consignment("TDR-2026-FVC", "MOCK1 123", 33, "uploading", { refusal: null, here: { transfer: "transfer-10", phase: "cancelled", per_mille: 120, paused: false, checks: null } }),
  consignment("TDR-2026-FTH", "MOCK1 9", 36, "checked"),
  here("transfer-5", 45, "failed", "MOCK1 123"),
  consignment("TDR-2026-FQ4", "MOCK1 123", 52, "failed"),
  consignment("TDR-2025-XB3", "MOCK1 88", 131, "done"),
  consignment("TDR-2025-VV7", null, 151, "judgment"),
];

export const oneConsignment = consignments.slice(0, 1);

export const manyLines: TransferLine[] = Array.from({ length: 3_400 }, (_, index) => ({
  ...(lines[lines.length - 1 - (index % 4)] as TransferLine),
  id: `many-${String(index)}`,
  folder: `Series ${String(index + 1)}`,
  created: NOW - (index + 1) * DAY,
}));

export function detail(line: TransferLine, changes: Partial<TransferDetail> = {}): TransferDetail {
  return {
    line,
    series: "MOCK1 123",
    person,
    service: "tdr",
    path: `/home/priya/Records/${line.folder}`,
    handed_over: line.phase === "finished" ? line.created + 90 * MINUTE : null,
    finished: line.phase === "finished" ? line.created + 120 * MINUTE : null,
    given_up: line.phase === "given_up",
    last_hold: null,
    receipt_folder: line.has_receipt ? `/home/priya/.local/share/waybill/receipts/${line.destination}` : null,
    ...changes,
  };
}

export const receipt: ReceiptSummary = {
  destination: REFERENCE,
  consignment_id: "7f9fbd5a-0000-4000-8000-000000000001",
  series: "MOCK1 123",
  service: "Transfer Digital Records",
  website: "https://tdr.nationalarchives.gov.uk/",
  person: person.name,
  email: person.email,
  body: person.body,
  folder: FOLDER,
  program: "waybill 0.1.0",
  outcome: "uploaded",
  began: new Date(NOW - 120 * MINUTE).toISOString(),
  handed_over: new Date(NOW - 40 * MINUTE).toISOString(),
  finished: new Date(NOW - 35 * MINUTE).toISOString(),
  files: FILES,
  bytes: BYTES,
  not_sent: LEFT_OUT,
  checks: checkedWell,
  receipt_folder: `/home/priya/.local/share/waybill/receipts/${REFERENCE}`,
};

export const settings: Settings = { keep_awake: true, start_with_computer: false, speed_limit: null, notifications: true };

function answered(address: string, answer: string, ms: number): SelfTestDetail {
  return { seen: "address", address: `https://${address}/`, answer, ms };
}

export const goodTest: SelfTestLine[] = [
  { what: "data_folder", outcome: "works", code: null, detail: { seen: "folder", path: "/home/priya/.local/share/waybill" } },
  { what: "disk", outcome: "works", code: null, detail: { seen: "room", free: 84_300_000_000, wanted: 500_000_000 } },
  { what: "proxy", outcome: "works", code: null, detail: { seen: "proxy", address: "http://proxy.example:3128", well: 4, of: 4 } },
  { what: "certificates", outcome: "works", code: null, detail: { seen: "addresses", well: 4, of: 4 } },
  { what: "sign_in", outcome: "works", code: null, detail: answered("auth.tdr.nationalarchives.gov.uk", "HTTP 200", 84) },
  { what: "api", outcome: "works", code: null, detail: answered("api.tdr.nationalarchives.gov.uk", "HTTP 200", 102) },
  { what: "upload", outcome: "works", code: null, detail: answered("upload.tdr.nationalarchives.gov.uk", "HTTP 403", 61) },
  { what: "website", outcome: "works", code: null, detail: answered("tdr.nationalarchives.gov.uk", "HTTP 200", 58) },
  { what: "clock", outcome: "works", code: null, detail: { seen: "clock", seconds_slow: -1 } },
  { what: "session_store", outcome: "works", code: null, detail: { seen: "session", store: "keychain", person: "Priya Shah" } },
];

const REFUSED = answered("upload.tdr.nationalarchives.gov.uk", "the proxy wants a sign-in (407)", 12);

export const badTest: SelfTestLine[] = goodTest.map((line) => {
  if (line.what === "certificates") return { ...line, detail: { seen: "addresses", well: 3, of: 4 } };
  return line.what === "proxy" || line.what === "upload" ? { what: line.what, outcome: "fails", code: "proxy_refused", detail: REFUSED } : line;
});

/** Without a network connection, and with a disk that is nearly full. */
export const offlineTest: SelfTestLine[] = goodTest.map((line): SelfTestLine => {
  const untested = (seen: "no_proxy" | "no_certificate_seen" | "no_answer"): SelfTestLine => ({ ...line, outcome: "not_tested", detail: { seen } });
  if (line.what === "disk") return { ...line, outcome: "warns", detail: { seen: "room", free: 120_000_000, wanted: 500_000_000 } };
  if (line.what === "proxy") return untested("no_proxy");
  if (line.what === "certificates") return untested("no_certificate_seen");
  if (line.what === "clock") return untested("no_answer");
  if (line.detail.seen === "address") return { ...line, outcome: "fails", code: "offline", detail: { ...line.detail, answer: "no such name", ms: 3 } };
  return line;
});

/** With only the addresses that the service has. */
export const dropBoxTest: SelfTestLine[] = goodTest
  .filter(({ what }) => what !== "api" && what !== "website")
  .map((line): SelfTestLine => {
    if (line.what === "proxy") return { ...line, outcome: "not_tested", detail: { seen: "no_proxy" } };
    if (line.what === "certificates") return { ...line, detail: { seen: "addresses", well: 2, of: 2 } };
    if (line.what === "sign_in") return { ...line, detail: answered("auth.records.example", "HTTP 200", 84) };
    return line.what === "upload" ? { ...line, detail: answered("drop.records.example", "HTTP 403", 61) } : line;
  });
