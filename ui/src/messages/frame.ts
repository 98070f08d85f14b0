import { formatCount, formatPercent, plural } from "../format";

/** What stands around every view. */
export const frame = {
  name: "Waybill",
  title: (heading: string) => `${heading} – Waybill`,
  skip: "Skip to main content",
  navigation: "Main",
  signedOut: "Not signed in",
  signIn: "Sign in",
  signOut: "Sign out",
  back: "Back",
  views: { consignments: "Consignments", transfers: "All transfers", settings: "Settings", help: "Help", about: "About" },
  starting: "Starting Waybill",
  startingText: "Waybill is looking for unfinished transfers.",
  startingKeychain: "This can wait for this computer’s keychain, which may ask you for its password in a window of its own.",
  loading: "Loading…",
  notRead: "Not read",
  tryAgain: "Try again",
  trying: "Trying again…",
  close: "Close this message",
  problem: "There is a problem",
  note: "Important",
  runningNow: "Unfinished transfers",
  runningMore: (count: number) => `Show ${plural(count, "more transfer")}`,
  resume: "Resume",
  resumeOf: (folder: string) => ` ${folder}`,
  percent: formatPercent,
  announce: (folder: string, state: string) => `${folder}: ${state}.`,
  over: "Drop the folder to check it",
  overSignedOut: "Drop the folder, then sign in to send it",
  readOnly: "Waybill cannot send now",
  clockOff: (seconds: number) =>
    `This computer’s clock is ${plural(Math.max(1, Math.round(Math.abs(seconds) / 60)), "minute")} ${seconds > 0 ? "slow" : "fast"}. Waybill uses the service’s time.`,
  noBrowser: (website: string | null) =>
    website === null ? "Your browser could not be opened." : `Your browser could not be opened. Open it yourself and go to ${website}.`,
  handOverNotOpened: (website: string | null) =>
    website === null
      ? "Your browser could not be opened. Select “Open the TDR website” in the transfer to try again."
      : `Your browser could not be opened. Open it yourself and go to ${website}, or select “Open the TDR website” in the transfer to try again.`,
  receiptWritten: (folder: string) => `The receipt for ${folder} is ready.`,
  aTransfer: "A transfer",
  notResumed: (folder: string) => `${folder} could not continue.`,
  closed: {
    toTray: "Waybill keeps sending when you close its window. You can find it in the tray. To stop it, select “Quit Waybill”.",
    minimised: "This desktop has no tray, so Waybill was minimised. It keeps sending. To stop it, select “Quit Waybill”.",
  },
  closedWithoutSending: {
    toTray: "Waybill keeps running when you close its window. You can find it in the tray. To end it, select “Quit Waybill”.",
    minimised: "This desktop has no tray, so Waybill was minimised. It keeps running. To end it, select “Quit Waybill”.",
  },
  settingsNotRead: (sentence: string, file: string | null) => (file === null ? sentence : `${sentence} ${file}`),
  showTransfer: "Show the transfer",
  waitingForSignIn: "The sign-in address does not answer. You are still signed in, and do not need to do anything.",
  /** What would stop, in the questions below. */
  beingSent: (transfers: number) => (transfers === 1 ? "One transfer is being sent." : `${String(transfers)} transfers are being sent.`),
  quit: {
    heading: "Quit while files are being sent?",
    meaning: "If you quit, sending stops. Nothing that has been sent is lost. It continues when you start Waybill again.",
    instead: "If you only close the window, sending continues.",
    yes: "Quit Waybill",
    no: "Go back",
  },
  signOutAsked: {
    heading: "Sign out while files are being sent?",
    meaning: "If you sign out, sending stops. Nothing that has been sent is lost. It continues when you have signed in again.",
    yes: "Sign out",
    no: "Go back",
  },
} as const;

/** The pages of a long table. */
export const pager = {
  previous: "Previous page",
  next: "Next page",
  place: (page: number, pages: number) => `Page ${formatCount(page)} of ${formatCount(pages)}`,
} as const;

/** What was dropped on the window and cannot be used. */
export const drops = {
  heading: "That cannot be sent",
  notAdded: "That folder was not added",
  several: (count: number) =>
    `You dropped ${String(count)} things. One transfer takes one folder: put everything into one folder, then drop that folder.`,
  file: "That is a file. Put it into a folder, then drop the folder.",
  running: (folder: string) =>
    `${folder} was not added to this transfer. One consignment takes one folder. To send this one as well, choose another consignment for it.`,
  meanwhile: (folder: string, opening: string) => `${folder} was not added, because ${opening} was being opened. Drop it again to send it as well.`,
  chooseConsignment: "Choose a consignment for it",
  kept: (folder: string) => `When you have signed in, choose a consignment for ${folder}.`,
} as const;
