import type { ConsignmentState, Code, FindingKind, ItemFilter, ServiceChecks, Phase, WaitReason } from "../generated/bindings";
import * as words from "../generated/words";
import { asksAboutFiles, asksToAgree, isFinal, type Standing, verdict } from "../transfer";

/** The colours of states. Each state also has a name, so that meaning never depends on colour alone. */
export type Tone = "moving" | "good" | "attention" | "bad" | "quiet";

type State = { name: string; tone: Tone; meaning: string };

function state(tone: Tone, { text, meaning }: { text: string; meaning: string }): State {
  return { name: text, tone, meaning };
}

const { phase, hold } = words;

/** The states of a transfer, by phase. */
export const phases: Record<Phase, State> = {
  walking: state("moving", phase.walking),
  checked: state("attention", phase.checked),
  hashing: state("moving", phase.hashing),
  starting: state("moving", phase.starting),
  registering: state("moving", phase.registering),
  confirming: state("moving", phase.confirming),
  sending: state("moving", phase.sending),
  settling: state("attention", phase.settling),
  handing_over: state("moving", phase.handing_over),
  being_checked: state("moving", phase.being_checked),
  finished: state("good", phase.finished),
  given_up: state("bad", phase.given_up),
  cancelled: state("quiet", phase.cancelled),
};

/** The phases, in the order of their words. */
export const PHASES = Object.keys(phases) as Phase[];

/** Returns what is happening now, without a file name. */
export function happening(at: Phase): string {
  return phase[at].now;
}

/** Uploaded, but the service's checks found problems. */
export const problems: State = state("bad", words.ended.problems);

/** The names of the reasons for waiting. Their meaning and next step belong to their code. */
export const waiting: Record<WaitReason, { name: string; tone: Tone }> = {
  offline: { name: words.waiting.offline, tone: "attention" },
  upload_unreachable: { name: words.waiting.upload_unreachable, tone: "attention" },
  api_unreachable: { name: words.waiting.api_unreachable, tone: "attention" },
  sign_in_unreachable: { name: words.waiting.sign_in_unreachable, tone: "attention" },
  signed_out: { name: words.waiting.signed_out, tone: "attention" },
  different_person: { name: words.waiting.different_person, tone: "attention" },
  slow_down: { name: words.waiting.slow_down, tone: "attention" },
  firewall: { name: words.waiting.firewall, tone: "attention" },
  unexpected_page: { name: words.waiting.unexpected_page, tone: "attention" },
  certificate_untrusted: { name: words.waiting.certificate_untrusted, tone: "bad" },
  clock_wrong: { name: words.waiting.clock_wrong, tone: "bad" },
  proxy_refused: { name: words.waiting.proxy_refused, tone: "bad" },
  proxy_sign_in: { name: words.waiting.proxy_sign_in, tone: "bad" },
  proxy_unreachable: { name: words.waiting.proxy_unreachable, tone: "attention" },
  permit_refused: { name: words.waiting.permit_refused, tone: "attention" },
  service_failed: { name: words.waiting.service_failed, tone: "attention" },
  registration_in_doubt: { name: words.waiting.registration_in_doubt, tone: "attention" },
  folder_gone: { name: words.waiting.folder_gone, tone: "attention" },
  disk_full: { name: words.waiting.disk_full, tone: "attention" },
};

/** The reasons for waiting, in the order of their words. */
export const WAIT_REASONS = Object.keys(waiting) as WaitReason[];

/** Returns the code with the words for a reason. All except one have the reason's own name. */
export function codeOf(reason: WaitReason): Code {
  return reason === "signed_out" ? "sign_in_needed" : reason;
}

/** The states, other than waiting, in which no work is done on a transfer: their names in lists, and their meanings. */
export const holds = {
  queued: state("quiet", hold.queued),
  paused: state("quiet", hold.paused),
  stopped: state("bad", hold.stopped),
  resting: state("quiet", hold.resting),
  elsewhere: state("quiet", hold.elsewhere),
} as const;

/** Returns the name of the state of a transfer that waits for its turn. `ahead`: the folder that has the turn, if known. */
export function queuedBehind(ahead: string | null): string {
  return ahead === null ? hold.queued.text : hold.queued.behind({ folder: ahead });
}

/** Returns the name and colour of a state. `checks`: the service's checks, if known. */
export function stateOf(transfer: { phase: Phase; hold: Standing; checks?: ServiceChecks | null }): { name: string; tone: Tone } {
  const { phase, hold } = transfer;
  if (phase === "finished" && ["bad", "could_not_run"].includes(verdict(transfer.checks ?? null))) return problems;
  if (isFinal(phase)) return phases[phase];
  switch (hold.state) {
    case "running":
    case "elsewhere":
      return phases[phase];
    case "queued":
      return { ...holds.queued, name: queuedBehind(hold.behind?.folder ?? null) };
    case "paused":
      return holds.paused;
    case "waiting":
      return waiting[hold.reason];
    case "stopped":
      return asksAboutFiles(hold) || asksToAgree(transfer) ? phases[phase] : holds.stopped;
    case "resting":
      return phase === "checked" || phase === "settling" || phase === "being_checked" ? phases[phase] : holds.resting;
  }
}

type Usable = { name: string; tone: Tone; why: string; onWebsite: string };

function consignment(tone: Tone, { text, why, onWebsite }: { text: string; why: string; onWebsite: string }): Usable {
  return { name: text, tone, why, onWebsite };
}

const of = words.consignmentState;

/** What a consignment is ready for. */
export const consignmentStates: Record<ConsignmentState, Usable> = {
  ready: consignment("good", of.ready),
  needs_agreement: consignment("attention", of.needs_agreement),
  uploading: consignment("quiet", of.uploading),
  checking: consignment("moving", of.checking),
  checked: consignment("good", of.checked),
  failed: consignment("bad", of.failed),
  done: consignment("quiet", of.done),
  judgment: consignment("quiet", of.judgment),
};

/** The state of a consignment for which the service still waits, although its upload was cancelled on this computer. */
export const cancelledHere = { name: words.cancelledHere.name, tone: "quiet", why: words.cancelledHere.why } as const satisfies { name: string; tone: Tone; why: string };

/** The headings of the groups of findings. Their meanings belong to the codes of the same name. */
export const findingKinds: Record<FindingKind, string> = words.finding;

/** Filters of the list of files. Files being sent are also files not sent yet. */
export const itemFilters: Record<ItemFilter, string> = words.files.filters;
