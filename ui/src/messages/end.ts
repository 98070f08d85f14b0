import { ended, handOver as handOverWords, receipt as receiptWords, toService, transfers as transfersWords, amount, sending } from "../generated/words";
import type { Destination, Outcome } from "../generated/bindings";

/** After everything is sent. */
export const handOver = {
  ...handOverWords,
  couldNotRun: ended.not_run,
  sent: (files: number, size: string) => handOverWords.sent({ files, size }),
  steps: Object.values(handOverWords.steps),
  givenUpSteps: Object.values(handOverWords.givenUpSteps),
  facts: (done: number, total: number) => handOverWords.facts({ done, total }),
} as const;

function uploaded(notSent: number): string {
  return notSent === 0 ? receiptWords.everyFile : receiptWords.allButLeftOut({ notSent });
}

/** The receipt. */
export const receipt = {
  ...receiptWords,
  outcome: receiptWords.outcome satisfies Record<Outcome, string>,
  /** `notSent`: files and folders. */
  outcomeText: {
    uploaded: (notSent: number) => `${uploaded(notSent)} ${receiptWords.checksFinished}`,
    handed_over: (notSent: number) => `${uploaded(notSent)} ${receiptWords.checksNotFinished}`,
    not_complete: () => receiptWords.notComplete,
  } satisfies Record<Outcome, (notSent: number) => string>,
  /** The texts for a service that has no consignments, where no further steps follow. */
  outcomeTextToService: {
    uploaded,
    handed_over: uploaded,
    not_complete: () => toService.notComplete,
  } satisfies Record<Outcome, (notSent: number) => string>,
  startAgain: (destination: Destination) => (destination === "service" ? toService.view : receiptWords.toConsignments),
  saved: (path: string) => receiptWords.saved({ path }),
} as const;

/** All transfers. */
export const transfers = {
  ...transfersWords,
  start: (destination: Destination) => (destination === "service" ? toService.view : transfersWords.begin),
  sentTo: (destination: Destination) => (destination === "service" ? toService.column : transfersWords.columns.consignment),
  outOf: (done: string, all: string) => (done === all ? all : amount.part({ done, all })),
  setAside: (count: number) => sending.settling({ count }),
  count: (first: number, shown: number, all: number) => (shown === all ? transfersWords.all({ all }) : transfersWords.range({ first: first + 1, last: first + shown, all })),
} as const;
