/**
 * A whole transfer, which advances with the person's actions and with time.
 *
 * With `hold`, work that would end on its own stops halfway, so that tests do not have to be quick: sending until it has been
 * paused once, and both sending and the service's checks until the page has `data-let-go`.
 */

import type { Answer } from "../host";
import type { Command, Person, TransferNow } from "../../generated/bindings";
import * as data from "./data";
import { FakeHost, script } from "./fake";

const TICK = 100;

export class Journey extends FakeHost {
  #transfer: TransferNow | null = null;
  readonly #hold: boolean;
  #paused = false;

  /** `speed`: how many times faster than real time. */
  constructor(speed: number, hold = false) {
    super(script({ transfers: { value: [] }, counts: { value: data.counts(data.wellChecked.items, { sent: 0, waiting: data.wellChecked.items }) }, consignments: { value: data.consignments.filter(({ here }) => here === null) } }));
    this.#hold = hold;
    this.script.snapshot = { ...this.script.snapshot, session: { state: "signed_out", why: null } };
    setInterval(() => {
      this.#step((TICK / 1000) * speed);
    }, TICK);
  }

  override signIn(): Promise<Answer<Person>> {
    this.change({ session: { state: "signing_in", address_known: true, opened: true } });
    return this.answer("sign in", data.person);
  }
  override openSignInAgain(): Promise<Answer<boolean>> {
    this.change({ session: { state: "signed_in", person: data.person } });
    return this.answer("open sign-in again", true);
  }
  override cancelSignIn(): Promise<Answer<null>> {
    this.change({ session: { state: "signed_out", why: null } });
    return this.done("cancel sign-in");
  }
  override signOut(): Promise<Answer<null>> {
    this.change({ session: { state: "signed_out", why: null } });
    return this.done("sign out");
  }

  override open(token: string, consignment: string): ReturnType<FakeHost["open"]> {
    this.#move({
      ...data.transfer(data.before),
      phase: "walking",
      check: null,
      walked: { files: 0, bytes: 0, folders: 0 },
      sent: data.nothing,
      current: data.sendingNow.current,
    });
    return super.open(token, consignment);
  }

  override tell(transfer: string, command: Command): Promise<Answer<null>> {
    switch (command.command) {
      case "send":
        this.#move({ phase: "hashing", hashed: { ...data.sendingNow.sent, items_done: 0, bytes_done: 0, per_mille: 0 }, sent: data.before.sent ?? data.nothing });
        break;
      case "pause":
        this.#paused = true;
        this.#move({ hold: { state: "paused" } });
        break;
      case "resume":
      case "try_again":
        this.#move({ hold: { state: "running" }, phase: this.#transfer?.phase === "settling" ? "sending" : (this.#transfer?.phase ?? "sending"), set_aside: 0 });
        break;
      case "give_up":
        this.#move({ phase: "given_up" });
        break;
      case "cancel":
        this.#move({ phase: "cancelled" });
        break;
    }
    return this.done(`${command.command} ${transfer}`);
  }

  override openHandOver(transfer: string): Promise<Answer<boolean>> {
    this.#move({ phase: "being_checked", checks: data.checks({ antivirus: 0, checksum: 0, format: 0 }) });
    return this.answer(`hand over ${transfer}`, true);
  }

  #move(changes: Partial<TransferNow>): void {
    this.#transfer = { ...(this.#transfer ?? data.sendingNow), ...changes };
    this.change({ transfers: [this.#transfer] });
  }

  /** Returns whether this phase stops halfway for now. */
  #isHeld(phase: "sending" | "being_checked"): boolean {
    const letGo = "letGo" in document.documentElement.dataset || (phase === "sending" && this.#paused);
    return this.#hold && !letGo;
  }

  #step(seconds: number): void {
    const now = this.#transfer;
    if (now?.hold.state !== "running") return;
    const { items_total, bytes_total } = now.sent;
    switch (now.phase) {
      case "walking": {
        const files = Math.min(data.wellChecked.items, now.walked.files + Math.ceil(400 * seconds));
        const walked = { files, bytes: files * 1_852_000, folders: Math.ceil(files / 16) };
        if (files < data.wellChecked.items) this.#move({ walked });
        else this.#move({ walked, phase: "checked", check: { ...data.wellChecked, left_out: data.ASKED_ABOUT }, current: null });
        return;
      }
      case "hashing": {
        const bytes = Math.min(bytes_total, now.hashed.bytes_done + 300_000_000 * seconds);
        const items = Math.floor((bytes / bytes_total) * items_total);
        if (bytes < bytes_total) this.#move({ hashed: data.progress(items, items_total, bytes, bytes_total), current: data.sendingNow.current });
        else this.#move({ phase: "sending", hashed: data.nothing });
        return;
      }
      case "sending": {
        const most = this.#isHeld("sending") ? Math.floor(bytes_total / 2) : bytes_total;
        const bytes = Math.min(most, now.sent.bytes_done + 40_000_000 * seconds);
        const items = Math.floor((bytes / bytes_total) * items_total);
        const sent = data.progress(items, items_total, bytes, bytes_total);
        const seconds_left = Math.floor((bytes_total - bytes) / 40_000_000);
        if (bytes < bytes_total) this.#move({ sent, bytes_per_second: 40_000_000, seconds_left });
        else this.#move({ sent, phase: "handing_over", seconds_left: null, current: null });
        this.script.counts = { value: data.counts(items_total, { sent: items, waiting: items_total - items }) };
        return;
      }
      case "being_checked": {
        const checks = now.checks ?? data.checks();
        const most = this.#isHeld("being_checked") ? Math.floor(checks.files / 2) : checks.files;
        const next = (done: number, pace: number) => Math.min(most, done + Math.ceil(pace * seconds));
        const changed = { ...checks, antivirus: next(checks.antivirus, 300), checksum: next(checks.checksum, 240), format: next(checks.format, 200) };
        if (changed.format < checks.files) this.#move({ checks: changed });
        else this.#move({ checks: data.checkedWell, phase: "finished", has_receipt: true });
        return;
      }
      default:
    }
  }
}
