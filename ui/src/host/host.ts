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

/** What came of asking the program: an answer, or a problem with its code. */
export type Answer<T> = { ok: true; value: T } | { ok: false; problem: Failure };

/** What the program says without being asked. */
export interface Listener {
  snapshot(snapshot: Snapshot): void;
  dropped(drop: FolderDrop): void;
  noticed(notice: Notice): void;
  quitAsked(asked: QuitAsked): void;
  closedToTray(closed: ClosedToTray): void;
}

/** The program behind the page. Views know this and nothing of how it is reached. */
export interface Host {
  /** Listens from now on; tells the program that the page is ready, and gives the first snapshot. */
  listen(listener: Listener): Promise<void>;

  about(): Promise<Answer<About>>;

  /** Answers when the sign-in is over; the snapshot says how far it is. */
  signIn(): Promise<Answer<Person>>;
  cancelSignIn(): Promise<Answer<null>>;
  openSignInAgain(): Promise<Answer<boolean>>;
  copySignInAddress(): Promise<Answer<null>>;
  signOut(): Promise<Answer<null>>;

  consignments(): Promise<Answer<ConsignmentLine[]>>;
  /** Opens a page of the service's website; `false` where the browser cannot be asked. */
  openWebsite(place: WebsitePlace): Promise<Answer<boolean>>;

  /** The system's dialog; `null` when it was closed without a choice. */
  chooseFolder(): Promise<Answer<Offer | null>>;
  /** `null` in place of the consignment for a service that has none. */
  open(token: string, consignment: string | null): Promise<Answer<Opened>>;
  run(transfer: string): Promise<Answer<null>>;
  tell(transfer: string, command: Command): Promise<Answer<null>>;
  /** Bytes a second for everything that is sent from now on; `null` for no limit. */
  limitSpeed(bytesPerSecond: number | null): Promise<Answer<null>>;

  transfers(offset: number, limit: number): Promise<Answer<TransferPage>>;
  transfer(id: string): Promise<Answer<TransferDetail>>;
  findingGroups(transfer: string): Promise<Answer<FindingGroup[]>>;
  findings(transfer: string, kind: FindingKind | null, offset: number, limit: number): Promise<Answer<FindingLine[]>>;
  /** The system's dialog, then a CSV file; `null` when it was closed without a choice. */
  saveFindings(transfer: string, kind: FindingKind | null): Promise<Answer<string | null>>;
  /** What the service's checks found; asks the service. The lines are read afterwards, a page at a time. */
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
