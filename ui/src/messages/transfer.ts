import { formatBytes, formatBytesDone, formatCount, formatSpeed, formatSpeedLimit, plural } from "../format";
import type { FindingGroup, FindingKind, Phase } from "../generated/bindings";
import type { Tone } from "./states";

/** Findings that a folder can have, too. */
const MAY_BE_FOLDERS: readonly FindingKind[] = ["unreadable", "link", "name_not_unicode", "path_too_long", "names_differ_in_case"];

/** Looking through the folder, and what was found. */
export const check = {
  walking: (folder: string) => `Looking through ${folder}`,
  later: "Waybill looks through this folder again when the other transfer has finished.",
  walkingText: "Waybill is listing the files. Nothing is sent yet.",
  nothingSent: "Nothing has been sent.",
  found: { files: "Files so far", bytes: "Size so far", folders: "Folders so far" },
  heading: "Check what will be sent",
  leavesOut: "Some files cannot be sent",
  leavesOutText: "Waybill has read every file, and some cannot be sent. Nothing has been sent. Look at them below. Then agree to leave them out, or choose another folder.",
  changed: "The folder has changed since it was checked",
  changedText: "Files or folders were added, taken out or renamed. Nothing has been sent. Waybill has checked the folder again. Look at what will be sent, then send it.",
  nothingLeft: "None of the files can be sent",
  nothingLeftText: "Waybill has tried to read every file. Nothing has been sent. Look at what is wrong with them below, or choose another folder.",
  facts: { files: "Files to send", found: "Files", bytes: "Size", leftOut: "Left out" },
  allWell: "Every file in the folder can be sent.",
  blocked: "This folder cannot be sent",
  groups: "What you should know before you send",
  groupsLoading: "Loading what was found…",
  /** In the receipt. */
  effectAfter: { blocks: "Blocked sending", leaves_out: "Not sent", leaves_out_unasked: "Always left out", warns: "Sent" },
  effect: {
    blocks: "Blocks sending",
    leaves_out: "Will not be sent",
    leaves_out_unasked: "Always left out",
    warns: "Will be sent",
  },
  count: (group: Pick<FindingGroup, "kind" | "effect" | "count" | "bytes">) => {
    // What blocks the whole has nothing to count.
    if (group.effect === "blocks") return "";
    const counted = MAY_BE_FOLDERS.includes(group.kind) ? plural(group.count, "file or folder", "files or folders") : plural(group.count, "file");
    return group.bytes > 0 ? `${counted}, ${formatBytes(group.bytes)}` : counted;
  },
  columns: { path: "Path", size: "Size", detail: "Detail" },
  list: (group: string) => `${group}: list`,
  listProblem: "This list cannot be read.",
  save: "Save this list (CSV)",
  saveOf: (group: string) => ` of ${group}`,
  saveAll: "Save the whole list (CSV)",
  saved: (path: string) => `Saved as ${path}`,
  rawName: (raw: string) => `The name’s own bytes: ${raw}`,
  agree: (count: number) =>
    count === 1
      ? "I agree that the file or folder marked “Will not be sent” is left out"
      : `I agree that ${formatCount(count)} files and folders marked “Will not be sent” are left out`,
  agreeMissing: "Select that you agree, or choose another folder",
  agreeWhy: "Files that are left out are not in the consignment. The receipt lists them.",
  send: (files: number) => `Send ${plural(files, "file")}`,
  sentAfter: (ahead: string) => `Waybill sends one folder at a time. This one will be sent when “${ahead}” has finished.`,
  another: "Choose another folder",
} as const;

/** Sending. */
export const sending = {
  heading: (folder: string) => `Sending ${folder}`,
  paused: "Paused",
  pausedText: "Nothing is sent until you select Resume.",
  pausedTextSent: "Waybill does not ask the service about it until you select Resume.",
  stopped: "Stopped",
  queued: (ahead: string | null) => (ahead === null ? "Waiting for its turn" : `Waiting for “${ahead}” to finish`),
  queuedText: "Waybill sends one folder at a time. This one continues by itself when its turn comes.",
  showAhead: (folder: string) => `Show “${folder}”`,
  since: (time: string) => `Since ${time}.`,
  nextTry: (time: string) => `Next try at ${time}.`,
  bars: { checking: "Checking", sending: "Sending" },
  checkingFacts: (done: number, total: number, bytesDone: number, bytes: number) =>
    `${formatCount(done)} of ${plural(total, "file")} read, ${ofBytes(bytesDone, bytes)}`,
  checkingDone: (total: number) => `${plural(total, "file")} checked`,
  sendingFacts: (done: number, total: number, bytesDone: number, bytes: number) =>
    `${formatCount(done)} of ${plural(total, "file")} sent, ${ofBytes(bytesDone, bytes)}`,
  notBegun: "Not begun",
  facts: { speed: "Speed", left: "Time left" },
  speed: formatSpeed,
  left: {
    unknown: "Working it out",
    none: "–",
    about: (time: string) => `About ${time}`,
    less: "Less than a minute",
  },
  now: {
    reading: "Reading",
    sendingFile: "Sending",
  },
  pause: "Pause",
  resume: "Resume",
  signIn: "Sign in",
  cancel: "Cancel the transfer",
  limit: {
    summary: "Limit the speed",
    summaryOf: (speed: number) => `Limit the speed (limited to ${formatSpeedLimit(speed)})`,
    label: "Speed limit",
    save: "Set the limit",
    saved: "The speed limit has been set.",
  },
  settling: (count: number) => (count === 1 ? "1 file could not be sent" : `${formatCount(count)} files could not be sent`),
  settlingText: "Everything else has been sent. Put right what you can and try again, or give up the transfer.",
  settlingPaused: "Everything else has been sent. When you have selected Resume, you can try these again or give up the transfer.",
  settlingElsewhere: "Everything else has been sent.",
  setAsideMeanwhile: "The other files are still being sent. You can try these again at the end.",
  tryAgain: "Try again",
  tryNow: "Try now",
  giveUp: "Give up the transfer",
  showThese: "Show these files",
  resting: "Not running",
  restingText: "Waybill is not working on this transfer now.",
  elsewhere: "Run by another Waybill",
  elsewhereText: "Another Waybill on this computer may be running this transfer. You see what it has written down so far.",
  otherService: "This transfer belongs to a different service. To continue it, quit Waybill, then start it with that service.",
  wasHeld: (what: string) => `The last thing it said was: “${what}”`,
  problem: "The transfer cannot be shown",
  loadingHeading: "Transfer",
  loading: "Loading the transfer…",
} as const;

/** What keeps a transfer from being worked on, where that is no reason to wait: the names, as lists have them, and what they mean. */
export const holds = {
  queued: { name: sending.queued(null), tone: "quiet", meaning: `Waybill sends one folder at a time. This one continues by itself. Where the other one is known, it is named: ${sending.queued("Board papers")}.` },
  paused: { name: sending.paused, tone: "quiet", meaning: "You paused it. Nothing is lost. It continues when you select Resume." },
  stopped: { name: sending.stopped, tone: "bad", meaning: "Something needs you before it can continue. Open the transfer to see what, then select Try again." },
  resting: { name: sending.resting, tone: "quiet", meaning: "It is not finished, and Waybill is not working on it now. Open the transfer and select Resume." },
  elsewhere: { name: sending.elsewhere, tone: "quiet", meaning: "Another Waybill on this computer has your transfers, for example one in a terminal. This window shows what that one has written down." },
} as const satisfies Record<string, { name: string; tone: Tone; meaning: string }>;

function ofBytes(done: number, all: number): string {
  const whole = formatBytes(all);
  if (done >= all) return whole;
  const part = formatBytesDone(done);
  // Just before the end both would read the same.
  return part === whole ? `all but ${formatBytes(all - done)} of ${whole}` : `${part} of ${whole}`;
}

/** Somebody else is signed in than who began the transfer. */
export const otherPerson = {
  begunBy: "This transfer was begun by",
  youAre: "You are signed in as",
  next: "It continues when the person who began it signs in. You are signed out first, and your own transfers wait until you sign in again.",
  button: "Sign out and sign in again",
} as const;

/** What is happening now, where no file is named. */
export const happening: Record<Phase, string> = {
  walking: "Looking through the folder.",
  checked: "Waiting for you to send the files.",
  hashing: "Reading every file once to make its checksum.",
  starting: "Telling the service that the upload begins.",
  registering: "Giving the service the list of files.",
  confirming: "Making sure that the service has the whole list. This can take a few minutes.",
  sending: "Sending the files.",
  settling: "Waiting for you to decide about the files that could not be sent.",
  handing_over: "Handing over to the TDR website.",
  being_checked: "The service is checking the files.",
  finished: "Everything is done.",
  given_up: "The transfer was given up.",
  cancelled: "The transfer was cancelled.",
};

/** The list of files of a transfer. */
export const files = {
  heading: "Files",
  filter: "Show",
  columns: { path: "Path", size: "Size", state: "State" },
  /** Of what was begun, while nothing is being sent. */
  begunOnly: "Begun",
  states: { found: "Not sent yet", ready: "Not sent yet", begun: "Being sent", sent: "Sent", set_aside: "Could not be sent", left_out: "Left out" },
  none: "There are no files to show here.",
  problem: "The list of files cannot be read.",
  option: (name: string, count: number) => `${name} (${formatCount(count)})`,
  chosen: "Selected file",
  lost: "The file is no longer in this part of the list. This is how it was when it was last seen there.",
  chooseOne: "Select a file in the list to see its details. Use the arrow keys to move in the list.",
  facts: { path: "Path", size: "Size", state: "State", modified: "Last modified", sha256: "SHA-256", sent: "Time sent", why: "Why", next: "What you can do" },
  notYetKnown: "Not known yet",
} as const;

/** Before a step that cannot be taken back. */
export const confirm = {
  cancel: {
    heading: "Cancel this transfer?",
    nothingSent: "Nothing has been sent. The consignment stays as it is, and you can send another folder to it.",
    begun: ["Sending stops, and you cannot send to this consignment again. You need a new one."],
    question: "How do you want to end it?",
    tell: "Stop, and tell the service that the upload is not complete",
    tellHint: "The TDR website opens in your browser and records it. You get a receipt of what was sent and what was not.",
    silent: "Stop on this computer only",
    silentHint: "The service is not told. It keeps what has been sent, and the consignment stays unfinished. There is no receipt.",
    missing: "Select how you want to end the transfer",
    instead: "If you only need to stop for now, go back and select Pause.",
    yes: "Cancel the transfer",
    no: "Go back",
  },
  give_up: {
    heading: "Give up this transfer?",
    begun: [
      "The service is told that the upload is not complete.",
      "You cannot send to this consignment again. You need a new one.",
      "You get a receipt that says what was sent and what was not.",
    ],
    yes: "Give up the transfer",
    no: "Go back",
  },
} as const;
