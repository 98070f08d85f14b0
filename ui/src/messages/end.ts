import { formatCount, plural } from "../format";
import type { Outcome, ReceiptFormat } from "../generated/bindings";

/** After everything is sent. */
export const handOver = {
  heading: "Start the service’s checks",
  sent: (files: number, bytes: string) => `${plural(files, "file")} (${bytes}) ${files === 1 ? "has" : "have"} been sent.`,
  text: "One step is left. The TDR website has to start its own checks of your files. Its page opens in your browser.",
  steps: ["Select “Open the TDR website”.", "Sign in there if it asks you to.", "Wait until the page says that the checks have begun. Waybill then continues."],
  open: "Open the TDR website",
  givenUpHeading: "Tell the service that you gave up",
  givenUpText: "The TDR website has to record that the upload is not complete. Its page opens in your browser.",
  givenUpSteps: ["Select “Open the TDR website”.", "Sign in there if it asks you to.", "Wait until the page says that the upload failed. Waybill sees it and writes the receipt."],
  keepOpenGivenUp: "Keep Waybill open until then.",
  keepOpen: "Keep Waybill open until the checks have begun.",
  checkingHeading: "The service is checking your files",
  checkedHeading: "The service has checked your files",
  checkingText: "The checks run at the service. You can close Waybill now. When you start it again, it shows how far they are.",
  bars: { antivirus: "Antivirus check", checksum: "Checksum check", format: "File format check" },
  facts: (done: number, total: number) => `${formatCount(done)} of ${plural(total, "file")}`,
  notBegun: "The service has not reported any progress yet.",
  website: "View it on the TDR website",
  results: "See the results on the TDR website",
  wentWrong: "The service’s checks found problems",
  wentWrongText: "The TDR website tells you what to do about them.",
  couldNotRun: "The service could not run its checks",
  couldNotRunText: "Look at the consignment on the TDR website. If it does not say what to do, tell The National Archives.",
} as const;

function uploaded(notSent: number): string {
  if (notSent === 0) return "Every file was uploaded.";
  return `Every file that was to be sent was uploaded. ${notSent === 1 ? "1 file or folder was" : `${formatCount(notSent)} files and folders were`} not sent.`;
}

/** The receipt. */
export const receipt = {
  heading: "Receipt",
  outcome: {
    uploaded: "Uploaded",
    handed_over: "Uploaded, checks not finished",
    not_complete: "Not complete",
  } satisfies Record<Outcome, string>,
  /** `notSent`: files and folders. */
  outcomeText: {
    uploaded: (notSent: number) => `${uploaded(notSent)} The service has finished its checks. Whether the records are accepted is decided by The National Archives.`,
    handed_over: (notSent: number) => `${uploaded(notSent)} The service has not finished its checks.`,
    not_complete: () => "The transfer was given up. The service has been told that it is not complete. To send these records, start a new consignment on the TDR website.",
  } satisfies Record<Outcome, (notSent: number) => string>,
  leftOut: "What the check left out",
  leftOutText: "These were left out before anything was sent.",
  leftOutLoading: "Loading what was left out…",
  leftOutProblem: "The list of what was left out cannot be read.",
  checks: {
    good: "No problems found",
    bad: "Problems found. See the results on the TDR website.",
    couldNotRun: "The service could not run its checks. Look at the consignment on the TDR website.",
    open: "Not finished when Waybill last asked",
    none: "Not begun",
  },
  facts: {
    consignment: "Consignment",
    series: "Series",
    service: "Service",
    website: "Website",
    folder: "Folder",
    files: "Files uploaded",
    bytes: "Size",
    notSent: "Files and folders not sent",
    checks: "The service’s checks",
    person: "Sent by",
    body: "Transferring body",
    began: "Begun",
    handedOver: "Handed over",
    finished: "Finished",
    program: "Sent with",
    place: "Saved in",
  },
  save: "Save the receipt",
  forms: {
    html: "Page to read and print (HTML)",
    csv: "Spreadsheet (CSV)",
    json: "For other programs (JSON)",
    bagit: "Checksum manifest (BagIt)",
  } satisfies Record<ReceiptFormat, string>,
  print: "Print",
  show: "Show in folder",
  website: "Continue on the TDR website",
  saved: (path: string) => `Saved as ${path}`,
  problem: "The receipt cannot be shown",
  loading: "Loading the receipt…",
  details: "Details",
  givenUp: "This transfer was given up",
  cancelled: "This transfer was cancelled",
  cancelledText: "You cancelled it on this computer. There is no receipt.",
  toConsignments: "Choose a consignment",
} as const;

/** All transfers. */
export const transfers = {
  heading: "All transfers",
  lead: "Every transfer of this computer, the newest first.",
  loading: "Loading the transfers…",
  none: "There are no transfers on this computer yet.",
  begin: "Choose a consignment",
  columns: { folder: "Folder", consignment: "Consignment", state: "State", files: "Files sent", bytes: "Size sent", begun: "Begun" },
  outOf: (done: string, all: string) => (done === all ? all : `${done} of ${all}`),
  setAside: (count: number) => (count === 1 ? "1 file could not be sent" : `${plural(count, "file")} could not be sent`),
  pages: "Pages of the list of transfers",
  count: (first: number, shown: number, all: number) =>
    shown === all ? plural(all, "transfer") : `${formatCount(first + 1)} to ${formatCount(first + shown)} of ${plural(all, "transfer")}`,
  problem: "The transfers cannot be shown",
} as const;
