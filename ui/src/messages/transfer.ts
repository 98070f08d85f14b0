import { formatBytes, formatPart, formatSpeed, formatSpeedLimit } from "../format";
import type { Destination, FindingGroup, FindingKind } from "../generated/bindings";
import { check as checkWords, confirm as confirmWords, files as filesWords, hold, otherPerson as otherPersonWords, sending as sendingWords, toService } from "../generated/words";
import { queuedBehind } from "./states";

/** Kinds of findings that can also be about folders. */
const MAY_BE_FOLDERS: readonly FindingKind[] = ["unreadable", "link", "name_not_unicode", "path_too_long", "names_differ_in_case"];

/** Walking through the folder, and the findings. */
export const check = {
  ...checkWords,
  walking: (folder: string) => checkWords.walking({ folder }),
  count: ({ kind, effect, count, bytes }: Pick<FindingGroup, "kind" | "effect" | "count" | "bytes">) => {
    // A finding that blocks the whole transfer is not counted.
    if (effect === "blocks") return "";
    const any = MAY_BE_FOLDERS.includes(kind);
    if (bytes === 0) return any ? checkWords.countAny({ count }) : checkWords.countFiles({ count });
    const sized = { count, size: formatBytes(bytes) };
    return any ? checkWords.countAnySize(sized) : checkWords.countFilesSize(sized);
  },
  list: (group: string) => checkWords.list({ group }),
  saved: (path: string) => checkWords.saved({ path }),
  rawName: (bytes: string) => checkWords.rawName({ bytes }),
  agree: (count: number) => checkWords.agree({ count }),
  send: (files: number) => checkWords.send({ files }),
  sentAfter: (folder: string) => checkWords.sentAfter({ folder }),
} as const;

/** Sending. */
export const sending = {
  ...sendingWords,
  heading: (folder: string) => sendingWords.heading({ folder }),
  paused: hold.paused.text,
  stopped: hold.stopped.text,
  resting: hold.resting.text,
  elsewhere: hold.elsewhere.text,
  queued: queuedBehind,
  showAhead: (folder: string) => sendingWords.showAhead({ folder }),
  since: (time: string) => sendingWords.since({ time }),
  nextTry: (time: string) => sendingWords.nextTry({ time }),
  checkingFacts: (done: number, total: number, bytesDone: number, bytes: number) => sendingWords.checkingFacts({ done, total, size: formatPart(bytesDone, bytes) }),
  checkingDone: (total: number) => sendingWords.checkingDone({ total }),
  sendingFacts: (done: number, total: number, bytesDone: number, bytes: number) => sendingWords.sendingFacts({ done, total, size: formatPart(bytesDone, bytes) }),
  speed: formatSpeed,
  limit: { ...sendingWords.limit, summaryOf: (speed: number) => sendingWords.limit.summarySet({ speed: formatSpeedLimit(speed) }) },
  settling: (count: number) => sendingWords.settling({ count }),
  wasHeld: (what: string) => sendingWords.wasHeld({ what }),
} as const;

/** Somebody other than the person who started the transfer is signed in. */
export const otherPerson = {
  ...otherPersonWords,
  startedBy: ({ name, email }: { name: string; email: string | null }) => (email === null ? otherPersonWords.startedBy({ name }) : otherPersonWords.startedByWithEmail({ name, email })),
  youAre: (name: string) => otherPersonWords.youAre({ name }),
} as const;

const { filters } = filesWords;

/** The list of files of a transfer. */
export const files = {
  ...filesWords,
  states: { found: filters.waiting, ready: filters.waiting, started: filters.started, sent: filters.sent, set_aside: filters.set_aside, left_out: filters.left_out },
  option: (name: string, count: number) => filesWords.option({ name, count }),
} as const;

/** Before a step that cannot be undone. */
export function confirm(destination: Destination) {
  const toServiceItself = destination === "service";
  const cancel = toServiceItself ? { ...confirmWords.cancel, ...toService.cancel } : confirmWords.cancel;
  const giveUp = toServiceItself ? { ...confirmWords.giveUp, ...toService.giveUp } : confirmWords.giveUp;
  return {
    cancel: { ...cancel, consequences: [cancel.started] },
    give_up: { ...giveUp, consequences: [giveUp.told, giveUp.ended, giveUp.receipt] },
  } as const;
}
