/**
 * The state around every view: the current view, the latest snapshot from the program, and messages.
 *
 * Owner: the window, which has one for its whole lifetime. It makes no decisions about transfers.
 */

import { getContext, setContext, tick } from "svelte";

import type { About, Destination, FolderDrop, Notice, Offer, Failure, Snapshot, TransferNow } from "./generated/bindings";
import type { Answer, Host } from "./host/host";
import { drops, folder, frame as words, problems, sentenceFor, stateOf } from "./messages";
import { ReadOut } from "./readOut";
import { needsSession, type Route } from "./route";
import { isBeingSent, isFinal, verdict } from "./transfer";

/** A message that is shown until it is closed. */
export type Banner = { key: string; tone: "quiet" | "attention"; text: string; transfer?: string };

/** The prefix of the keys of banners about receipts. */
const RECEIPT = "receipt-";

export class Frame {
  readonly host: Host;
  /** Milliseconds since 1970. */
  readonly now: () => number;

  snapshot = $state.raw<Snapshot | null>(null);
  about = $state.raw<About | null>(null);
  route = $state.raw<Route>({ view: "consignments" });
  /** A folder that waits for its consignment, or for the person to agree that it is opened. */
  offer = $state.raw<Offer | null>(null);
  /** A folder that is being opened, and the consignment, if it is for one. */
  opening = $state.raw<{ folder: string; consignment: string | null } | null>(null);
  /** A folder that was chosen in this view, and why it could not be opened. It need not be chosen again. */
  unopened = $state.raw<{ offer: Offer; consignment: string | null; problem: Failure } | null>(null);
  /** Whether a folder is being dragged over the window. */
  over = $state(false);
  /** Why a dropped item cannot be used. */
  dropProblem = $state.raw<{ text: string; offer: Offer | null } | null>(null);
  /** Why the last request failed. */
  problem = $state.raw<Failure | null>(null);
  banners = $state.raw<readonly Banner[]>([]);
  /** How many transfers quitting would stop, if the person has asked to quit. */
  quitting = $state.raw<number | null>(null);
  /** How many transfers signing out would stop, if the person has asked to sign out. */
  signingOut = $state.raw<number | null>(null);
  /** Whether the start is taking a long time. */
  slowStart = $state(false);
  /** The text for screen readers to read out. */
  announcement = $state("");
  /** Counts changes of view. */
  moves = $state(0);

  /** Whether the person has cancelled the latest sign-in. */
  #cancelled = false;
  /** Reads out changes of state, but not progress. */
  readonly #readOut = new ReadOut((changed) => {
    this.announce(changed.map(({ folder, state }) => words.announce(folder, state)).join(" "));
  });
  /** Whether the person has changed the view and no heading has taken the focus since. */
  #moved = false;

  /** Called with each new route. */
  readonly #remember: (route: Route) => void;

  constructor(host: Host, now: () => number = Date.now, remember: (route: Route) => void = () => undefined) {
    this.host = host;
    this.now = now;
    this.#remember = remember;
  }

  /** Starts listening to the program, and reads the data that does not change. */
  async start(): Promise<void> {
    void this.host.about().then((answer) => {
      if (answer.ok) this.about = answer.value;
      else this.problem = answer.problem;
    });
    await this.host.listen({
      snapshot: (snapshot) => {
        this.#update(snapshot);
      },
      dropped: (drop) => {
        this.#dropped(drop);
      },
      noticed: (notice) => {
        this.#notice(notice);
      },
      quitAsked: ({ sending }) => {
        this.quitting = sending;
      },
      closedToTray: ({ minimised, sending }) => {
        const text = sending ? words.closed : words.closedWithoutSending;
        this.showBanner({ key: "tray", tone: "quiet", text: minimised ? text.minimised : text.toTray });
      },
    });
  }

  /** Shows another view. */
  go(route: Route): void {
    this.route = route;
    this.#remember(route);
    this.problem = null;
    this.dropProblem = null;
    this.unopened = null;
    this.quitting = null;
    this.signingOut = null;
    // The view of the transfer shows its receipt.
    if (route.view === "transfer") this.closeBanner(RECEIPT + route.id);
    this.moves += 1;
    this.#moved = true;
    // A view starts at its top, and the heading takes the focus.
    void tick().then(() => {
      window.scrollTo({ top: 0 });
    });
  }

  /** Returns whether the person opened the new view, and resets that. */
  takeMove(): boolean {
    const moved = this.#moved;
    this.#moved = false;
    return moved;
  }

  /** Waits for a reply and shows any problem. Returns the value, or `undefined` if there was a problem. */
  async attempt<T>(asked: Promise<Answer<T>>): Promise<T | undefined> {
    this.problem = null;
    const answer = await asked;
    if (answer.ok) return answer.value;
    this.problem = answer.problem;
    return undefined;
  }

  /** Asks the program to open a page in the browser, and shows a message if it cannot. */
  async browse(asked: Promise<Answer<boolean>>): Promise<void> {
    const opened = await this.attempt(asked);
    if (opened === false) this.showBanner({ key: "browser", tone: "attention", text: words.noBrowser(this.#website) });
    else if (opened) this.closeBanner("browser");
  }

  /** Opens the page at which a transfer is handed over. The program also opens it automatically, with the same message. */
  async openHandOver(transfer: string): Promise<void> {
    const opened = await this.attempt(this.host.openHandOver(transfer));
    if (opened !== undefined) this.#handOver(transfer, opened);
  }

  #handOver(transfer: string, opened: boolean): void {
    const key = `hand-over-${transfer}`;
    if (opened) this.closeBanner(key);
    else this.showBanner({ key, tone: "attention", text: words.handOverNotOpened(this.#website), transfer });
  }

  /** The host of the service's website. */
  get #website(): string | null {
    return this.about?.service?.website ?? null;
  }

  /** Signs in. A failure is not shown if the sign-in page already shows it, or if the person cancelled. */
  async signIn(): Promise<void> {
    this.problem = null;
    this.#cancelled = false;
    const answer = await this.host.signIn();
    if (answer.ok || (answer.problem.code === "sign_in_abandoned" && this.#cancelled)) return;
    const session = this.snapshot?.session;
    const isShown = needsSession(this.route) && session?.state === "signed_out" && session.why === answer.problem.code;
    if (!isShown) this.problem = answer.problem;
  }

  /** Signs out. If that would stop transfers, the person is asked first, as before quitting. */
  async signOut(): Promise<void> {
    const sending = this.snapshot?.transfers.filter(isBeingSent).length ?? 0;
    if (sending > 0) this.signingOut = sending;
    else await this.attempt(this.host.signOut());
  }

  /** Lets another person sign in. The current person is signed out first, because their browser would sign them straight back in. */
  async signInAsAnother(): Promise<void> {
    const out = await this.attempt(this.host.signOut());
    if (out !== undefined) await this.signIn();
  }

  /** Cancels the sign-in in progress. */
  async cancelSignIn(): Promise<void> {
    this.#cancelled = true;
    await this.attempt(this.host.cancelSignIn());
  }

  /** Shows a message until it is closed. It replaces one with the same key. */
  showBanner(banner: Banner): void {
    this.banners = [...this.banners.filter(({ key }) => key !== banner.key), banner];
  }

  closeBanner(key: string): void {
    this.banners = this.banners.filter((banner) => banner.key !== key);
  }

  /** Has screen readers read out a text. */
  announce(text: string): void {
    // An unchanged text would not be read out again.
    this.announcement = this.announcement === text ? `${text}\u00a0` : text;
  }

  /** Returns a transfer that this process runs. */
  running(id: string): TransferNow | undefined {
    return this.snapshot?.transfers.find((transfer) => transfer.id === id);
  }

  /** The folder that waits until a person signs in. `null` while it is not known whether one is. */
  get kept(): Offer | null {
    const state = this.snapshot?.session.state;
    return state === "signed_out" || state === "signing_in" ? this.offer : null;
  }

  /** Whether folders are sent to consignments or to the service itself. */
  get destination(): Destination {
    return this.about?.service?.destination ?? "consignment";
  }

  /** Returns the view for choosing a folder for a destination: the consignment of that name, or the service itself. */
  toFolder(destination: string): Route {
    return this.destination === "service" ? { view: "consignments" } : { view: "folder", consignment: destination };
  }

  /** The consignment for a folder chosen in this view; `null` for the service itself, `undefined` if none can be chosen here. */
  get #chosenFor(): string | null | undefined {
    if (this.route.view === "folder") return this.route.consignment;
    return this.route.view === "consignments" && this.destination === "service" ? null : undefined;
  }

  get signedIn(): boolean {
    const state = this.snapshot?.session.state;
    return state === "signed_in" || state === "waiting";
  }

  /**
   * Opens a folder for a consignment or for the service itself, and shows the transfer. Only one folder is opened at a time. If
   * that fails, the folder stays offered, so that it can be tried again or with another consignment.
   */
  async open(offer: Offer, consignment: string | null): Promise<boolean> {
    if (this.opening !== null) return false;
    this.opening = { folder: offer.name, consignment };
    this.unopened = null;
    this.announce(folder.opening(offer.name));
    const opened = await this.attempt(this.host.open(offer.token, consignment));
    if (!opened) this.#keep(offer, consignment);
    this.opening = null;
    if (!opened) return false;
    if (this.offer?.token === offer.token) this.offer = null;
    this.go({ view: "transfer", id: opened.transfer });
    return true;
  }

  /** Keeps a folder that could not be opened in the view in which it was chosen. In other views it is already an offer. */
  #keep(offer: Offer, consignment: string | null): void {
    const { problem } = this;
    if (problem === null || this.#chosenFor !== consignment) return;
    this.problem = null;
    this.unopened = { offer, consignment, problem };
  }

  #update(snapshot: Snapshot): void {
    this.snapshot = snapshot;
    // The question is closed once the person is signed out.
    if (!this.signedIn) this.signingOut = null;
    this.#readOut.update(snapshot.transfers.map((transfer) => ({ id: transfer.id, folder: transfer.folder, state: stateOf(transfer).name })));
    // The notice of a receipt may arrive before the result of the checks.
    const news = this.banners.map((banner) => this.#receiptNews(banner));
    if (news.some((banner, at) => banner.text !== this.banners[at]?.text)) this.banners = news;
  }

  #dropped(drop: FolderDrop): void {
    this.over = drop.state === "over";
    switch (drop.state) {
      case "over":
      case "left":
        return;
      case "offered":
        this.#offered(drop.offer);
        return;
      case "refused": {
        const { problem } = drop;
        if (problem.why === "several") this.dropProblem = { text: drops.several(problem.count), offer: null };
        else if (problem.problem.code === "folder_is_file") this.dropProblem = { text: drops.file, offer: null };
        else this.problem = problem.problem;
        return;
      }
    }
  }

  #offered(offer: Offer): void {
    if (this.opening !== null) {
      // A banner, because the view changes when the first folder is open.
      this.showBanner({ key: "dropped-meanwhile", tone: "attention", text: drops.meanwhile(offer.name, this.opening.folder) });
      return;
    }
    this.dropProblem = null;
    this.problem = null;
    const { route } = this;
    const chosenFor = this.#chosenFor;
    if (chosenFor !== undefined && this.signedIn) {
      void this.open(offer, chosenFor);
      return;
    }
    if (!this.signedIn) {
      // Kept for its consignment. A message says so while nobody is signed in.
      this.offer = offer;
      if (route.view === "folder") this.go({ view: "consignments" });
      return;
    }
    const here = route.view === "transfer" ? this.running(route.id) : undefined;
    if (here && !isFinal(here.phase)) {
      this.dropProblem = { text: drops.running(offer.name, this.destination), offer };
      return;
    }
    this.offer = offer;
    if (route.view !== "consignments") this.go({ view: "consignments" });
  }

  #notice(notice: Notice): void {
    switch (notice.notice) {
      case "clock_off":
        this.showBanner({ key: "clock", tone: "attention", text: words.clockOff(notice.seconds) });
        return;
      case "settings_not_read":
        this.showBanner({ key: "settings", tone: "attention", text: words.settingsNotRead(this.#sentence(notice.problem), notice.problem.detail) });
        return;
      case "session_not_kept":
        this.showBanner({ key: "session", tone: "attention", text: this.#sentence(notice.problem) });
        return;
      case "hand_over":
        this.#handOver(notice.transfer, notice.opened);
        return;
      case "chosen":
        if (this.route.view !== "transfer" || this.route.id !== notice.transfer) this.go({ view: "transfer", id: notice.transfer });
        return;
      case "receipt":
        this.#receipt(notice.transfer);
        return;
      case "not_resumed":
        this.showBanner({
          key: `not-resumed-${notice.transfer}`,
          tone: "attention",
          text: `${words.notResumed(this.running(notice.transfer)?.folder)} ${this.#sentence(notice.problem)}`,
          transfer: notice.transfer,
        });
        return;
    }
  }

  #receipt(transfer: string): void {
    // The view of the transfer already shows its receipt.
    if (this.route.view === "transfer" && this.route.id === transfer) return;
    this.showBanner(this.#receiptNews({ key: RECEIPT + transfer, tone: "quiet", text: "", transfer }));
  }

  /** Returns the banner for a receipt, which depends on the result of the service's checks. Other banners do not change. */
  #receiptNews(banner: Banner): Banner {
    const { key, transfer } = banner;
    if (transfer === undefined || !key.startsWith(RECEIPT)) return banner;
    const running = this.running(transfer);
    if (running && ["bad", "could_not_run"].includes(verdict(running.checks))) {
      return { key, tone: "attention", text: words.announce(running.folder, problems.name), transfer };
    }
    return { key, tone: "quiet", text: words.receiptWritten(running?.folder), transfer };
  }

  #sentence(problem: Failure): string {
    const { what, next } = sentenceFor(problem.code);
    return `${what} ${next}`;
  }
}

const KEY = Symbol("frame");

export function provideFrame(frame: Frame): void {
  setContext(KEY, frame);
}

export function useFrame(): Frame {
  return getContext<Frame>(KEY);
}
