import { formatPercent } from "../format";
import type { Destination } from "../generated/bindings";
import { drops as dropsWords, frame as frameWords, pager as pagerWords, question, toService } from "../generated/words";

/** Returns by how many minutes the clock is wrong, at least 1. */
function minutesOff(seconds: number): { minutes: number } {
  return { minutes: Math.max(1, Math.round(Math.abs(seconds) / 60)) };
}

/** The texts around every view. */
export const frame = {
  ...frameWords,
  title: (heading: string) => frameWords.title({ heading }),
  runningMore: (count: number) => frameWords.runningMore({ count }),
  /** A button's name for screen readers, if several have the same text. */
  labelled: (label: string, subject: string) => frameWords.labelled({ label, subject }),
  /** The entries of the navigation. */
  viewsTo: (destination: Destination) => (destination === "service" ? { ...frameWords.views, consignments: toService.view } : frameWords.views),
  percent: formatPercent,
  announce: (folder: string, state: string) => frameWords.announce({ folder, state }),
  clockOff: (seconds: number) => (seconds > 0 ? frameWords.clockSlow : frameWords.clockFast)(minutesOff(seconds)),
  noBrowser: (website: string | null) => (website === null ? frameWords.noBrowser : frameWords.noBrowserAddress({ website })),
  handOverNotOpened: (website: string | null) => (website === null ? frameWords.handOverNotOpened : frameWords.handOverNotOpenedAddress({ website })),
  receiptWritten: (folder: string | undefined) => (folder === undefined ? frameWords.receiptWrittenUnnamed : frameWords.receiptWritten({ folder })),
  notResumed: (folder: string | undefined) => (folder === undefined ? frameWords.notResumedUnnamed : frameWords.notResumed({ folder })),
  settingsNotRead: (sentence: string, file: string | null) => (file === null ? sentence : frameWords.aboutFile({ sentence, file })),
  /** How many transfers would stop, for the questions below. */
  beingSent: (count: number) => question.beingSent({ count }),
  quit: { ...question.quit, heading: question.quit.text },
  signOutAsked: { ...question.signOut, heading: question.signOut.text },
} as const;

/** The pages of a long table. */
export const pager = {
  ...pagerWords,
  location: (page: number, pages: number) => pagerWords.location({ page, pages }),
} as const;

/** Messages about items that were dropped on the window. */
export const drops = {
  ...dropsWords,
  several: (count: number) => dropsWords.several({ count }),
  running: (folder: string, destination: Destination) => (destination === "service" ? toService.dropsRunning : dropsWords.running)({ folder }),
  chooseAnother: (destination: Destination) => (destination === "service" ? toService.startAnother : dropsWords.chooseConsignment),
  meanwhile: (folder: string, opening: string) => dropsWords.meanwhile({ folder, opening }),
  kept: (folder: string, destination: Destination) => (destination === "service" ? toService.dropsKept : dropsWords.kept)({ folder }),
} as const;
