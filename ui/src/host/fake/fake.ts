/** A fake program that follows a script, to run the window without Tauri in any browser. It is not part of releases. */

import type { Answer, Host, Listener } from "../host";
import type {
  About,
  CheckFailureLine,
  CheckFailures,
  ConsignmentLine,
  Code,
  FindingGroup,
  FindingLine,
  ItemCounts,
  ItemFilter,
  ItemLine,
  Command,
  Person,
  Failure,
  ReceiptSummary,
  SelfTestLine,
  Settings,
  Snapshot,
  TransferDetail,
  TransferLine,
  TransferNow,
  TransferPage,
  WebsitePlace,
} from "../../generated/bindings";
import { isBeingSent } from "../../transfer";
import * as data from "./data";

/** A request that is never answered, to show how the page looks while it loads. */
export const PENDING = Symbol("pending");

/** A value, a problem, or no answer. */
export type Play<T> = { value: T } | { problem: Failure } | typeof PENDING;

export function failing(code: Code, detail: string | null = null): { problem: Failure } {
  return { problem: { code, detail } };
}

/** Everything that the fake returns. */
export type Script = {
  snapshot: Snapshot;
  about: Play<About>;
  consignments: Play<ConsignmentLine[]>;
  transfers: Play<TransferLine[]>;
  details: Record<string, Play<TransferDetail>>;
  groups: Play<FindingGroup[]>;
  counts: Play<ItemCounts>;
  checkFailures: Play<CheckFailures>;
  receipt: Play<ReceiptSummary>;
  settings: Play<Settings>;
  selfTest: Play<SelfTestLine[]>;
  /** The failure of every command, if commands fail. */
  orders: Failure | null;
  itemsFail: boolean;
  /** Whether the lists of findings cannot be read. */
  findingsFail: boolean;
};

export function script(changes: Partial<Script> = {}, transfers: TransferNow[] = []): Script {
  return {
    snapshot: { session: { state: "signed_in", person: data.person }, transfers, owns_journal: true, blocked: null },
    about: { value: data.about },
    consignments: { value: data.consignments },
    transfers: { value: data.lines },
    details: Object.fromEntries(data.lines.map((line) => [line.id, { value: data.detail(line) }])),
    groups: { value: data.groups },
    counts: { value: data.counts(1_842) },
    checkFailures: { value: data.checkFailures },
    receipt: { value: data.receipt },
    settings: { value: data.settings },
    selfTest: { value: data.goodTest },
    orders: null,
    itemsFail: false,
    findingsFail: false,
    ...changes,
  };
}

function played<T>(play: Play<T>): Promise<Answer<T>> {
  if (play === PENDING) return new Promise(() => undefined);
  // A problem is a new object each time, as over the bridge.
  return Promise.resolve("value" in play ? { ok: true, value: play.value } : { ok: false, problem: { ...play.problem } });
}

export class FakeHost implements Host {
  script: Script;
  /** The commands received, without requests that only read, for tests. */
  readonly calls: string[] = [];
  #listener: Listener | null = null;

  constructor(played: Script) {
    this.script = played;
  }

  /** The listener, for sending events to the window. */
  get emit(): Listener {
    if (this.#listener === null) throw new Error("there is no listener");
    return this.#listener;
  }

  /** Changes the snapshot and sends it. */
  change(changes: Partial<Snapshot>): void {
    this.script = { ...this.script, snapshot: { ...this.script.snapshot, ...changes } };
    this.#listener?.snapshot(this.script.snapshot);
  }

  listen(listener: Listener): Promise<void> {
    this.#listener = listener;
    listener.snapshot(this.script.snapshot);
    return Promise.resolve();
  }

  about(): Promise<Answer<About>> {
    return played(this.script.about);
  }

  signIn(): Promise<Answer<Person>> {
    return this.answer("sign in", data.person);
  }
  cancelSignIn(): Promise<Answer<null>> {
    return this.done("cancel sign-in");
  }
  openSignInAgain(): Promise<Answer<boolean>> {
    return this.answer("open sign-in again", true);
  }
  copySignInAddress(): Promise<Answer<null>> {
    return this.done("copy address");
  }
  signOut(): Promise<Answer<null>> {
    return this.done("sign out");
  }

  consignments(): Promise<Answer<ConsignmentLine[]>> {
    return played(this.script.consignments);
  }
  openWebsite(place: WebsitePlace): Promise<Answer<boolean>> {
    const what = place.at === "home" ? "" : ` ${place.at === "consignment" ? place.reference : place.transfer}`;
    return this.answer(`website ${place.at}${what}`, true);
  }
  chooseFolder(): ReturnType<Host["chooseFolder"]> {
    return this.answer("choose folder", { name: data.FOLDER, path: `/home/priya/Records/${data.FOLDER}`, token: "offer-1" });
  }
  chooseMovedFolder(transfer: string): Promise<Answer<boolean>> {
    return this.answer(`choose moved folder ${transfer}`, true);
  }
  open(token: string, consignment: string | null): ReturnType<Host["open"]> {
    return this.answer(`open ${token} ${consignment ?? "without a consignment"}`, { transfer: "transfer-1", existed: false });
  }
  run(transfer: string): Promise<Answer<null>> {
    return this.done(`run ${transfer}`);
  }
  tell(transfer: string, command: Command): Promise<Answer<null>> {
    const agreed = command.command === "send" && command.agreed > 0 ? `, agreed to ${String(command.agreed)}` : "";
    return this.done(`${command.command} ${transfer}${agreed}`);
  }
  limitSpeed(bytesPerSecond: number | null): Promise<Answer<null>> {
    return this.done(`limit ${String(bytesPerSecond)}`);
  }

  async transfers(offset: number, limit: number): Promise<Answer<TransferPage>> {
    const answer = await played(this.script.transfers);
    if (!answer.ok) return answer;
    return { ok: true, value: { transfers: answer.value.slice(offset, offset + limit), total: answer.value.length } };
  }
  transfer(id: string): Promise<Answer<TransferDetail>> {
    return played(this.script.details[id] ?? failing("transfer_unknown", id));
  }
  findingGroups(): Promise<Answer<FindingGroup[]>> {
    return played(this.script.groups);
  }
  findings(_: string, kind: FindingLine["kind"] | null, offset: number, limit: number): Promise<Answer<FindingLine[]>> {
    if (this.script.findingsFail) return Promise.resolve({ ok: false, problem: { code: "journal_corrupt", detail: null } });
    const group = this.script.groups !== PENDING && "value" in this.script.groups ? this.script.groups.value.find((one) => one.kind === kind) : undefined;
    const length = Math.max(0, Math.min(limit, (group?.count ?? 0) - offset));
    return Promise.resolve({ ok: true, value: Array.from({ length }, (_, index) => data.finding(kind ?? "empty_file", offset + index)) });
  }
  saveFindings(): Promise<Answer<string | null>> {
    return this.answer("save findings", "/home/priya/Documents/findings.csv");
  }
  checkFailures(): Promise<Answer<CheckFailures>> {
    return played(this.script.checkFailures);
  }
  async checkFailureLines(_: string, offset: number, limit: number): Promise<Answer<CheckFailureLine[]>> {
    const failures = await played(this.script.checkFailures);
    if (!failures.ok) return failures;
    const length = Math.max(0, Math.min(limit, failures.value.rows - offset));
    return { ok: true, value: Array.from({ length }, (_row, index) => data.checkFailure(offset + index, failures.value)) };
  }
  itemCounts(): Promise<Answer<ItemCounts>> {
    return played(this.script.counts);
  }
  async items(_: string, filter: ItemFilter, offset: number, limit: number): Promise<Answer<ItemLine[]>> {
    if (this.script.itemsFail) return { ok: false, problem: { code: "journal_corrupt", detail: null } };
    const counts = await played(this.script.counts);
    if (!counts.ok) return counts;
    if (limit > 200) return { ok: false, problem: { code: "internal", detail: "more than 200 rows" } };
    const length = Math.max(0, Math.min(limit, counts.value[filter] - offset));
    return { ok: true, value: Array.from({ length }, (_, index) => data.item(offset + index, filter, counts.value)) };
  }

  openHandOver(transfer: string): Promise<Answer<boolean>> {
    return this.answer(`hand over ${transfer}`, true);
  }
  receipt(): Promise<Answer<ReceiptSummary>> {
    return played(this.script.receipt);
  }
  exportReceipt(): Promise<Answer<string | null>> {
    return this.answer("export", "/home/priya/Documents/receipt.html");
  }
  showReceiptInFolder(): Promise<Answer<null>> {
    return this.done("show in folder");
  }
  openReceiptToPrint(): Promise<Answer<null>> {
    return this.done("print");
  }
  settings(): Promise<Answer<Settings>> {
    return played(this.script.settings);
  }
  saveSettings(settings: Settings): Promise<Answer<null>> {
    this.script.settings = { value: settings };
    return this.done("save settings");
  }
  selfTest(): Promise<Answer<SelfTestLine[]>> {
    return played(this.script.selfTest);
  }
  saveSupportBundle(): Promise<Answer<string | null>> {
    return this.answer("support bundle", "/home/priya/Documents/waybill-support.zip");
  }
  /** Asks first while something is being sent, like the program. */
  quit(confirmed: boolean): Promise<Answer<null>> {
    const sending = this.script.snapshot.transfers.filter(isBeingSent).length;
    if (!confirmed && sending > 0) this.#listener?.quitAsked({ sending });
    return this.done(confirmed ? "quit for certain" : "quit");
  }

  protected done(what: string): Promise<Answer<null>> {
    return this.answer(what, null);
  }

  protected answer<T>(what: string, value: T): Promise<Answer<T>> {
    this.calls.push(what);
    const problem = this.script.orders;
    return Promise.resolve(problem ? { ok: false, problem } : { ok: true, value });
  }
}
