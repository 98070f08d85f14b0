import { formatCount, formatLimit, formatPercent, plural } from "../format";
import type { Code } from "../generated/bindings";
import type { Sentence } from "./codes";

/** Signing in. */
export const signIn = {
  heading: (service: string) => `Sign in to ${service}`,
  headingUnknown: "Sign in",
  text: (website: string) => `Waybill sends your records to this service (${website}).`,
  button: "Sign in",
  whatHappens: "What happens next",
  steps: [
    "Your browser opens the sign-in page of the service.",
    "You sign in there, as you do for the website. Waybill never sees your password.",
    "Waybill comes back to the front, and you choose a consignment.",
  ],
  noService: "You can sign in when the service is set up.",
  /** What ended the session, where its code's own sentence is for somebody who is signed in. */
  ended: {
    sign_in_needed: { what: "You have been signed out", next: "Sign in again to continue." },
    sign_in_unreachable: { what: "The sign-in address does not answer", next: "Check that you are connected to your network, then sign in." },
  } as Partial<Record<Code, Sentence>>,
  unfinished: "Unfinished transfers continue when you have signed in.",
  out: {
    heading: "Finish signing in",
    text: "The sign-in page is open in your browser. When you have signed in, Waybill comes back to the front.",
    waiting: "Preparing the sign-in page…",
    notOpened: "Your browser could not be opened",
    notOpenedText: "Copy the address and open it in your browser yourself.",
    notThere: "If you cannot find the page",
    again: "Open it again",
    copy: "Copy the address",
    copied: "The address has been copied.",
    cancel: "Cancel sign-in",
  },
} as const;

/** The list of consignments. */
export const consignments = {
  heading: "Consignments",
  choose: (folder: string) => `Choose a consignment for ${folder}`,
  lead: "Choose the consignment that you want to send a folder to.",
  leadWithFolder: "The folder is checked first. Nothing is sent until you say so.",
  otherFolder: "Do not send this folder",
  search: "Search by reference or series",
  refresh: "Refresh",
  loading: "Loading your consignments…",
  refreshing: "Refreshing…",
  none: "You have no consignments yet",
  noneText: "You start a consignment on the TDR website. When its transfer agreement is complete, come back here and refresh the list.",
  openWebsite: "Open the TDR website",
  nothingFound: (search: string) => `No consignment has “${search}” in its reference or series.`,
  clear: "Clear the search",
  count: (first: number, shown: number, found: number, all: number) => {
    const these = found === all ? plural(all, "consignment") : `${formatCount(found)} of ${plural(all, "consignment")}`;
    if (shown === found) return these;
    return `${formatCount(first + 1)} to ${formatCount(first + shown)} of ${found === all ? these : `${formatCount(found)} found in ${plural(all, "consignment")}`}`;
  },
  pages: "Pages of the list of consignments",
  columns: { reference: "Reference", state: "State", created: "Created", action: "What you can do" },
  use: "Choose folder",
  useOffered: "Choose this consignment",
  opening: "Opening the folder…",
  useFor: (reference: string) => ` for ${reference}`,
  progress: (state: string, perMille: number | null) => (perMille === null ? state : `${state}: ${formatPercent(perMille)}`),
  here: "On this computer",
  problem: "Your consignments cannot be shown",
  notRefreshed: "The list cannot be refreshed",
  asOf: (time: string) => `, as they were at ${time}`,
} as const;

/** Choosing a folder. */
export const folder = {
  heading: "Choose a folder to send",
  drop: "Drop a folder here, or",
  browse: "Choose a folder",
  text: "Waybill looks through the folder and shows you what will and will not be sent. Nothing is sent until you say so.",
  limits: (files: number, fileBytes: number, bytes: number) =>
    `The service takes up to ${plural(files, "file")} and ${formatLimit(bytes)} in one transfer. One file can have up to ${formatLimit(fileBytes)}.`,
  rules: [
    "Choose one folder. Everything in it is sent, with its folders as they are.",
    "Nothing in the folder is changed, renamed or deleted.",
    "Do not change the files until the transfer has finished.",
  ],
  opening: (name: string) => `Opening ${name}…`,
  notOpened: (name: string) => `“${name}” could not be opened`,
  anotherConsignment: "Choose another consignment",
} as const;
