import type {
  About,
  CheckFailureLine,
  CheckFailures,
  ClosedToTray,
  ConsignmentLine,
  FindingGroup,
  FindingKind,
  FindingLine,
  FolderDrop,
  ItemCounts,
  ItemFilter,
  ItemLine,
  Notice,
  Offer,
  Opened,
  Command,
  Person,
  Failure,
  QuitAsked,
  ReceiptFormat,
  ReceiptSummary,
  SelfTestLine,
  Settings,
  Snapshot,
  TransferDetail,
  TransferPage,
  WebsitePlace,
} from "../generated/bindings";

/** The program's reply to a request: a value, or a problem with its code. */
export type Answer<T> = { ok: true; value: T } | { ok: false; problem: Failure };

/** The events that the program sends. */
export interface Listener {
  snapshot(snapshot: Snapshot): void;
  dropped(drop: FolderDrop): void;
  noticed(notice: Notice): void;
  quitAsked(asked: QuitAsked): void;
  closedToTray(closed: ClosedToTray): void;
}

/** The program behind the page. Views use only this, and do not know how the program is reached. */
export interface Host {
  /** Starts listening and reports that the page is ready. The program then sends the first snapshot. */
  listen(listener: Listener): Promise<void>;

  about(): Promise<Answer<About>>;

  /** Resolves when the sign-in has ended. Snapshots report its progress. */
  signIn(): Promise<Answer<Person>>;
  cancelSignIn(): Promise<Answer<null>>;
  openSignInAgain(): Promise<Answer<boolean>>;
  copySignInAddress(): Promise<Answer<null>>;
  signOut(): Promise<Answer<null>>;

  consignments(): Promise<Answer<ConsignmentLine[]>>;
  /** Opens a page of the service's website; `false` if the browser cannot be opened. */
  openWebsite(place: WebsitePlace): Promise<Answer<boolean>>;

  /** Shows the system's dialog; `null` if it was closed without a choice. */
  chooseFolder(): Promise<Answer<Offer | null>>;
  /** Lets the person choose where the folder is now, and resumes the transfer; `false` when they cancel. */
  chooseMovedFolder(transfer: string): Promise<Answer<boolean>>;
  /** `consignment` is `null` for a service that has none. */
  open(token: string, consignment: string | null): Promise<Answer<Opened>>;
  run(transfer: string): Promise<Answer<null>>;
  tell(transfer: string, command: Command): Promise<Answer<null>>;
  /** Limits the speed of everything that is sent from now on, in bytes per second; `null` for no limit. */
  limitSpeed(bytesPerSecond: number | null): Promise<Answer<null>>;

  transfers(offset: number, limit: number): Promise<Answer<TransferPage>>;
  transfer(id: string): Promise<Answer<TransferDetail>>;
  findingGroups(transfer: string): Promise<Answer<FindingGroup[]>>;
  findings(transfer: string, kind: FindingKind | null, offset: number, limit: number): Promise<Answer<FindingLine[]>>;
  /** Shows the system's dialog and saves a CSV file; `null` if the dialog was closed without a choice. */
  saveFindings(transfer: string, kind: FindingKind | null): Promise<Answer<string | null>>;
  /** Requests the results of the service's checks. The lines are then read a page at a time. */
  checkFailures(transfer: string): Promise<Answer<CheckFailures>>;
  checkFailureLines(transfer: string, offset: number, limit: number): Promise<Answer<CheckFailureLine[]>>;
  itemCounts(transfer: string): Promise<Answer<ItemCounts>>;
  items(transfer: string, filter: ItemFilter, offset: number, limit: number): Promise<Answer<ItemLine[]>>;

  openHandOver(transfer: string): Promise<Answer<boolean>>;
  receipt(transfer: string): Promise<Answer<ReceiptSummary>>;
  exportReceipt(transfer: string, format: ReceiptFormat): Promise<Answer<string | null>>;
  showReceiptInFolder(transfer: string): Promise<Answer<null>>;
  openReceiptToPrint(transfer: string): Promise<Answer<null>>;

  settings(): Promise<Answer<Settings>>;
  saveSettings(settings: Settings): Promise<Answer<null>>;
  selfTest(): Promise<Answer<SelfTestLine[]>>;
  saveSupportBundle(includeNames: boolean): Promise<Answer<string | null>>;
  quit(confirmed: boolean): Promise<Answer<null>>;
}
