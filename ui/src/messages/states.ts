import type { ConsignmentState, Code, FindingKind, ItemFilter, Phase, WaitReason } from "../generated/bindings";

/** The colours of state; each has its own words, so that colour never stands alone. */
export type Tone = "moving" | "good" | "attention" | "bad" | "quiet";

type Words = { name: string; tone: Tone; meaning: string };

/** Where a transfer stands. */
export const phases: Record<Phase, Words> = {
  walking: { name: "Looking through the folder", tone: "moving", meaning: "Waybill is listing the files in your folder. Nothing has been sent." },
  checked: { name: "Checked, not sent yet", tone: "attention", meaning: "Waybill has checked the files and is waiting for you to send them." },
  hashing: { name: "Checking every file", tone: "moving", meaning: "Waybill is reading every file once, to make its checksum." },
  starting: { name: "Starting the upload", tone: "moving", meaning: "Waybill is telling the service that an upload begins." },
  registering: { name: "Registering the files", tone: "moving", meaning: "Waybill is giving the service the list of your files." },
  confirming: { name: "Confirming the list", tone: "moving", meaning: "Waybill is making sure that the service has the whole list." },
  sending: { name: "Sending", tone: "moving", meaning: "Files are going to the service. You can close the window. Sending continues." },
  settling: { name: "Some files could not be sent", tone: "attention", meaning: "Everything else has been sent. You decide what happens with these files." },
  handing_over: { name: "Handing over", tone: "moving", meaning: "Every file has been sent. The TDR website starts its own checks." },
  being_checked: { name: "Being checked by the service", tone: "moving", meaning: "The service is checking what you sent. This can take a while." },
  finished: { name: "Uploaded", tone: "good", meaning: "Every file was uploaded and the service has finished its checks." },
  given_up: { name: "Given up", tone: "bad", meaning: "You gave up this transfer. The service has been told that it is not complete." },
  cancelled: { name: "Cancelled", tone: "quiet", meaning: "You cancelled this transfer on this computer." },
};

/** Uploaded, but the service's checks did not end well. */
export const problemsFound = "Uploaded, but problems were found";
export const problems: Words = {
  name: problemsFound,
  tone: "bad",
  meaning: "Every file was uploaded, but the service’s checks found problems, or could not run. Open the transfer to see what to do.",
};

/** Why a transfer waits: the name of the state. What it means and what to do stands with its code. */
export const waiting: Record<WaitReason, { name: string; tone: Tone }> = {
  offline: { name: "Waiting for the network", tone: "attention" },
  upload_unreachable: { name: "Waiting for the VPN", tone: "attention" },
  api_unreachable: { name: "Waiting for the service", tone: "attention" },
  sign_in_unreachable: { name: "Waiting for the sign-in address", tone: "attention" },
  signed_out: { name: "Sign in to continue", tone: "attention" },
  different_person: { name: "Waiting for the person who began it", tone: "attention" },
  slow_down: { name: "Slowed down by the service", tone: "attention" },
  firewall: { name: "Held back by the service’s firewall", tone: "attention" },
  unexpected_page: { name: "Waiting for your network’s sign-in page", tone: "attention" },
  certificate_untrusted: { name: "Waiting for a trusted certificate", tone: "bad" },
  proxy_refused: { name: "Blocked by your organisation’s proxy", tone: "bad" },
  cookies_refused: { name: "Waiting for permission to upload", tone: "attention" },
  service_failed: { name: "Waiting for the service to recover", tone: "attention" },
  folder_gone: { name: "Waiting for your folder", tone: "attention" },
  disk_full: { name: "Waiting for room on the disk", tone: "attention" },
};

/** The code under which the words for a reason stand; all others have the reason's own name. */
export function codeOf(reason: WaitReason): Code {
  return reason === "signed_out" ? "sign_in_needed" : reason;
}

/** What a consignment is ready for. `why` is empty where it can be used. */
export const consignmentStates: Record<ConsignmentState, { name: string; tone: Tone; why: string; onWebsite: string }> = {
  ready: { name: "Ready for upload", tone: "good", why: "", onWebsite: "Open on the TDR website" },
  needs_agreement: { name: "Needs its transfer agreement", tone: "attention", why: "You cannot send files until the transfer agreement is complete.", onWebsite: "Complete it on the TDR website" },
  uploading: { name: "Being uploaded elsewhere", tone: "quiet", why: "An upload was begun in a browser or on another computer.", onWebsite: "View it on the TDR website" },
  checking: { name: "Being checked", tone: "moving", why: "Its files have been uploaded. The service is checking them.", onWebsite: "View it on the TDR website" },
  checked: { name: "Uploaded and checked", tone: "good", why: "Its files have been uploaded. The next steps are on the website.", onWebsite: "Continue on the TDR website" },
  failed: { name: "Upload or checks failed", tone: "bad", why: "The service does not take files into it again. Start a new consignment.", onWebsite: "See why on the TDR website" },
  done: { name: "Done", tone: "quiet", why: "It has been transferred.", onWebsite: "View it on the TDR website" },
  judgment: { name: "Court judgment", tone: "quiet", why: "Court judgments are sent on the website.", onWebsite: "Send it on the TDR website" },
};

/** Of a consignment that the service still waits for, though its upload was cancelled on this computer. */
export const cancelledHere = {
  name: "Cancelled on this computer",
  tone: "quiet",
  why: "You cancelled its upload on this computer, and the service was not told. You cannot send to it again. Start a new consignment on the TDR website.",
} as const satisfies { name: string; tone: Tone; why: string };

/** The groups of the check, as headings. What each means stands with its code, which has the same name. */
export const findingKinds: Record<FindingKind, string> = {
  too_many_files: "Too many files",
  transfer_too_large: "Too much data",
  registration_too_large: "The list of files is too long",
  file_too_large: "Files that are too large",
  unreadable: "Files that cannot be read",
  locked: "Files that are open in another program",
  empty_file: "Empty files",
  refused_format: "Kinds of file that the service refuses",
  link: "Links",
  special_file: "Things that are not ordinary files",
  name_not_unicode: "Names that cannot be sent",
  path_too_long: "Paths that are too long",
  names_differ_in_case: "Names that look alike",
  excluded_name: "System files",
};

/** Filters of the list of files. What is being sent belongs to what is not sent yet. */
export const itemFilters: Record<ItemFilter, string> = {
  all: "All files",
  waiting: "Not sent yet",
  begun: "Being sent",
  sent: "Sent",
  set_aside: "Could not be sent",
  left_out: "Left out",
};
