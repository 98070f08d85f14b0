import { formatLimit, formatPercent } from "../format";
import type { Code, Destination, Service } from "../generated/bindings";
import { consignments as consignmentsWords, folder as folderWords, signIn as signInWords, toService } from "../generated/words";
import type { Sentence } from "./codes";

/** Signing in. */
export const signIn = {
  ...signInWords,
  heading: (service: string) => signInWords.heading({ service }),
  /** A service without a website is named by the address that files are sent to. */
  text: ({ website, upload }: Service) => signInWords.text({ website: website ?? upload }),
  steps: (destination: Destination) => Object.values(destination === "service" ? { ...signInWords.steps, ...toService.steps } : signInWords.steps),
  /** Why the session ended, for codes whose own sentence is for a person who is signed in. */
  ended: {
    sign_in_needed: { what: signInWords.ended.text, next: signInWords.ended.next },
    sign_in_unreachable: { what: signInWords.unreachable.text, next: signInWords.unreachable.next },
  } as Partial<Record<Code, Sentence>>,
} as const;

/** The list of consignments. */
export const consignments = {
  ...consignmentsWords,
  choose: (folder: string) => consignmentsWords.choose({ folder }),
  nothingFound: (search: string) => consignmentsWords.nothingFound({ search }),
  count: (first: number, shown: number, found: number, all: number) => {
    if (shown === found) return found === all ? consignmentsWords.all({ all }) : consignmentsWords.found({ found, all });
    const range = { first: first + 1, last: first + shown, all };
    return found === all ? consignmentsWords.range(range) : consignmentsWords.rangeFound({ ...range, found });
  },
  progress: (state: string, perMille: number | null) => (perMille === null ? state : consignmentsWords.progress({ state, percent: formatPercent(perMille) })),
  asOf: (count: string, time: string) => consignmentsWords.asOf({ count, time }),
} as const;

/** Choosing a folder. */
export const folder = {
  ...folderWords,
  limits: (files: number, fileBytes: number, bytes: number) => folderWords.limits({ files, size: formatLimit(bytes), fileSize: formatLimit(fileBytes) }),
  rules: Object.values(folderWords.rules),
  opening: (name: string) => folderWords.opening({ name }),
  notOpened: (name: string) => folderWords.notOpened({ name }),
} as const;

/** Choosing a folder for a service that has no consignments. */
export const folderToService = {
  heading: (service: string) => toService.heading({ service }),
  offered: (folder: string, service: string) => toService.offered({ folder, service }),
  use: toService.use,
} as const;
