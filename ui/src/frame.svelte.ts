/**
 * What stands around every view: where the person is, what the program last told, what has to be said once.
 *
 * Owner: the window, one for its whole life. It decides nothing about transfers.
 */

import { getContext, setContext, tick } from "svelte";

import type { About, Destination, FolderDrop, Notice, Offer, Failure, Snapshot, TransferNow } from "./generated/bindings";
import type { Answer, Host } from "./host/host";
import { drops, folder, frame as words, problems, sentenceFor, stateOf } from "./messages";
import { ReadOut } from "./readOut";
import { needsSession, type Route } from "./route";
import { isBeingSent, isFinal, verdict } from "./transfer";

/** Something said once, until it is closed. */
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
  /** A folder that waits for its consignment, or for the person to say that it may be opened. */
  offer = $state.raw<Offer | null>(null);
  /** A folder that is being opened, and the consignment, if it is for one. */
  opening = $state.raw<{ folder: string; consignment: string | null } | null>(null);
  /** A folder that was chosen for the consignment of this view, and why it could not be opened. It need not be chosen again. */
  unopened = $state.raw<{ offer: Offer; consignment: string | null; problem: Failure } | null>(null);
  /** A folder is held over the window. */
  over = $state(false);
  /** What was dropped and cannot be used, in a sentence. */
  dropProblem = $state.raw<{ text: string; offer: Offer | null } | null>(null);
  /** What could not be done. */
  problem = $state.raw<Failure | null>(null);
  banners = $state.raw<readonly Banner[]>([]);
  /** How many transfers would stop, where the person asked to quit. */
  quitting = $state.raw<number | null>(null);
  /** The same where the person asked to sign out. */
  signingOut = $state.raw<number | null>(null);
  /** The program has been starting for a while. */
  slowStart = $state(false);
  /** Read out by a screen reader. */
  announcement = $state("");
  /** Counts changes of view. */
  moves = $state(0);

  /** The person has called off the sign-in that they began last. */
  #calledOff = false;
  /** State changes are read out, progress is not. */
  readonly #readOut = new ReadOut((changed) => {
    this.announce(changed.map(({ folder, state }) => words.announce(folder, state)).join(" "));
  });
  /** The person has moved, and no heading has taken the focus since. */
  #moved = false;

  /** Is told where the person goes. */
  readonly #remember: (route: Route) => void;

  constructor(host: Host, now: () => number = Date.now, remember: (route: Route) => void = () => undefined) {
    this.host = host;
    this.now = now;
    this.#remember = remember;
  }

  /** Begins to listen, and reads what does not change. */
  async start(): Promise<void> {
    void this.host.about().then((answer) => {
      if (answer.ok) this.about = answer.value;
      else this.problem = answer.problem;
    });
    await this.host.listen({
      snapshot: (snapshot) => {
        this.#hear(snapshot);
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
        this.say({ key: "tray", tone: "quiet", text: minimised ? text.minimised : text.toTray });
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
    // Whoever has come to the transfer sees its receipt there.
    if (route.view === "transfer") this.unsay(RECEIPT + route.id);
    this.moves += 1;
    this.#moved = true;
    // A view begins at its top; the heading then takes the focus.
    void tick().then(() => {
      window.scrollTo({ top: 0 });
    });
  }

  /** Whether the view that appears is one that the person went to. */
  takeMove(): boolean {
    const moved = this.#moved;
    this.#moved = false;
    return moved;
  }

  /** Waits for an answer; a problem is shown. Returns the value, or `undefined` if there was a problem. */
  async attempt<T>(asked: Promise<Answer<T>>): Promise<T | undefined> {
    this.problem = null;
    const answer = await asked;
    if (answer.ok) return answer.value;
    this.problem = answer.problem;
    return undefined;
  }

  /** Asks the program to open a page in the browser; says so where that cannot be done. */
  async browse(asked: Promise<Answer<boolean>>): Promise<void> {
    const opened = await this.attempt(asked);
    if (opened === false) this.say({ key: "browser", tone: "attention", text: words.noBrowser(this.#website) });
    else if (opened) this.unsay("browser");
  }

  /** The same for the page at which a transfer is handed over, which the program also opens by itself: told once. */
  async openHandOver(transfer: string): Promise<void> {
    const opened = await this.attempt(this.host.openHandOver(transfer));
    if (opened !== undefined) this.#handOver(transfer, opened);
  }

  #handOver(transfer: string, opened: boolean): void {
    const key = `hand-over-${transfer}`;
    if (opened) this.unsay(key);
    else this.say({ key, tone: "attention", text: words.handOverNotOpened(this.#website), transfer });
  }

  /** The host of the service's website. */
  get #website(): string | null {
    return this.about?.service?.website ?? null;
  }

  /** Signs in. What the page for signing in says anyway when it ends badly is not said twice; nor what the person knows. */
  async signIn(): Promise<void> {
    this.problem = null;
    this.#calledOff = false;
    const answer = await this.host.signIn();
    if (answer.ok || (answer.problem.code === "sign_in_abandoned" && this.#calledOff)) return;
    const session = this.snapshot?.session;
    const said = needsSession(this.route) && session?.state === "signed_out" && session.why === answer.problem.code;
    if (!said) this.problem = answer.problem;
  }

  /** Signs out. Where that would stop what is being sent, the person is asked first, as before quitting. */
  async signOut(): Promise<void> {
    const sending = this.snapshot?.transfers.filter(isBeingSent).length ?? 0;
    if (sending > 0) this.signingOut = sending;
    else await this.attempt(this.host.signOut());
  }

  /** Lets another person sign in. The person who is signed in is signed out first, or their browser would sign them straight back in. */
  async signInAsAnother(): Promise<void> {
    const out = await this.attempt(this.host.signOut());
    if (out !== undefined) await this.signIn();
  }

  /** Calls off the sign-in that is under way. */
  async cancelSignIn(): Promise<void> {
    this.#calledOff = true;
    await this.attempt(this.host.cancelSignIn());
  }

  /** Says something until it is closed; the same thing only once. */
  say(banner: Banner): void {
    this.banners = [...this.banners.filter(({ key }) => key !== banner.key), banner];
  }

  unsay(key: string): void {
    this.banners = this.banners.filter((banner) => banner.key !== key);
  }

  /** Reads something out. */
  announce(text: string): void {
    // The same words twice would not be read twice.
    this.announcement = this.announcement === text ? `${text}\u00a0` : text;
  }

  /** A transfer that this process runs. */
  running(id: string): TransferNow | undefined {
    return this.snapshot?.transfers.find((transfer) => transfer.id === id);
  }

  /** A folder that waits for a person to sign in. Until it is known whether one is, nothing is shown. */
  get kept(): Offer | null {
    const state = this.snapshot?.session.state;
    return state === "signed_out" || state === "signing_in" ? this.offer : null;
  }

  /** What a folder is sent to. */
  get destination(): Destination {
    return this.about?.service?.destination ?? "consignment";
  }

  /** Where a folder is chosen for a destination: the consignment of that name, or the service itself. */
  toFolder(destination: string): Route {
    return this.destination === "service" ? { view: "consignments" } : { view: "folder", consignment: destination };
  }

  /** The consignment that a folder is for in this view; `null` for the service itself, `undefined` where no folder is chosen. */
  get #chosenFor(): string | null | undefined {
    if (this.route.view === "folder") return this.route.consignment;
    return this.route.view === "consignments" && this.destination === "service" ? null : undefined;
  }

  get signedIn(): boolean {
    const state = this.snapshot?.session.state;
    return state === "signed_in" || state === "waiting";
  }

  /**
   * Opens a folder for a consignment, or for the service itself, and shows the transfer, one folder at a time. What cannot be opened stays offered, so
   * that it can be tried again or with another consignment.
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

  /** The view that a folder was chosen in keeps it, with the problem that came of it. Elsewhere it is an offer already. */
  #keep(offer: Offer, consignment: string | null): void {
    const { problem } = this;
    if (problem === null || this.#chosenFor !== consignment) return;
    this.problem = null;
    this.unopened = { offer, consignment, problem };
  }

  #hear(snapshot: Snapshot): void {
    this.snapshot = snapshot;
    // Whoever is signed out is not asked any more.
    if (!this.signedIn) this.signingOut = null;
    this.#readOut.hear(snapshot.transfers.map((transfer) => ({ id: transfer.id, folder: transfer.folder, state: stateOf(transfer).name })));
    // That there is a receipt may be told before how the checks ended.
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
      // Until it is closed: the view changes when the first one is open.
      this.say({ key: "dropped-meanwhile", tone: "attention", text: drops.meanwhile(offer.name, this.opening.folder) });
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
      // Kept for its consignment; while nobody is signed in that is said.
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
        this.say({ key: "clock", tone: "attention", text: words.clockOff(notice.seconds) });
        return;
      case "settings_not_read":
        this.say({ key: "settings", tone: "attention", text: words.settingsNotRead(this.#sentence(notice.problem), notice.problem.detail) });
        return;
      case "session_not_kept":
        this.say({ key: "session", tone: "attention", text: this.#sentence(notice.problem) });
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
        this.say({
          key: `not-gone-on-${notice.transfer}`,
          tone: "attention",
          text: `${words.notResumed(this.running(notice.transfer)?.folder)} ${this.#sentence(notice.problem)}`,
          transfer: notice.transfer,
        });
        return;
    }
  }

  #receipt(transfer: string): void {
    // Whoever looks at the transfer sees its receipt anyway.
    if (this.route.view === "transfer" && this.route.id === transfer) return;
    this.say(this.#receiptNews({ key: RECEIPT + transfer, tone: "quiet", text: "", transfer }));
  }

  /** What a receipt brings is good news only where the service's checks found nothing. Other banners do not change. */
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
