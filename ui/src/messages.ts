import type { Problem, Stage } from "./generated/bindings";

/** Every word that the page shows stands here. */
export const messages = {
  heading: "Transfers on this computer",
  version: (name: string, version: string) => `${name} ${version}`,
  loading: "Looking for transfers…",
  none: "There are no transfers on this computer yet.",
  howToBegin: "In this version a transfer is begun on the command line: waybill send FOLDER --consignment REFERENCE",
  older: (count: number) => (count === 1 ? "1 older transfer is not shown." : `${String(count)} older transfers are not shown.`),
  columns: { folder: "Folder", consignment: "Consignment", state: "State", files: "Files sent", bytes: "Size sent", begun: "Begun" },
  outOf: (done: string, all: string) => (done === all ? all : `${done} of ${all}`),
  paused: "Paused",
  setAside: (count: number) => (count === 1 ? "1 file could not be sent" : `${String(count)} files could not be sent`),
  problemHeading: "The transfers cannot be shown",
} as const;

export const stages: Record<Stage, string> = {
  walking: "Looking through the folder",
  checked: "Checked, not sent yet",
  hashing: "Reading the files",
  starting: "Starting the upload",
  registering: "Registering the files",
  confirming: "Confirming the registration",
  sending: "Sending",
  settling: "Some files could not be sent",
  handing_over: "Handing over to TDR",
  being_checked: "Being checked by TDR",
  finished: "Uploaded",
  given_up: "Given up",
  cancelled: "Cancelled",
};

/** What is wrong, and what to do about it. */
export type Sentence = { what: string; next: string };

const problems: Partial<Record<string, Sentence>> = {
  journal_corrupt: {
    what: "Waybill's journal cannot be read. Nothing has been deleted.",
    next: "Keep the file named here, and ask your IT team.",
  },
  journal_newer: { what: "Waybill's journal was written by a newer version.", next: "Install the newest Waybill." },
  data_folder_unusable: {
    what: "Waybill's data folder cannot be used.",
    next: "Check the folder's permissions, or ask your IT team.",
  },
};

export function sentenceFor(problem: Problem): Sentence {
  return problems[problem.code] ?? { what: "Something went wrong inside Waybill.", next: `Report it with this code: ${problem.code}.` };
}
