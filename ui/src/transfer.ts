/** A transfer for its view, whether this process runs it or it was read from the journal. */

import type { Hold, Code, Progress, ServiceChecks, Phase, TransferDetail, TransferLine, TransferNow, WaitReason } from "./generated/bindings";

/**
 * `resting`: no program runs it; `last` is what it waited for or stopped at when it last ran. `elsewhere`: another program on
 * this computer may be running it, and only its journal is known.
 */
export type Standing = Hold | { state: "resting"; last: Code | null } | { state: "elsewhere" };

export type Shown = Omit<TransferNow, "hold" | "has_turn" | "hashed" | "walked" | "check"> & {
  hold: Standing;
  /** `null` if only the process that runs it would know. */
  hashed: Progress | null;
  walked: TransferNow["walked"] | null;
  check: TransferNow["check"];
  same_service: boolean;
};

export function fromNow(now: TransferNow): Shown {
  return { ...now, same_service: true };
}

export function fromDetail(detail: TransferDetail, elsewhere = false): Shown {
  const { line } = detail;
  return {
    id: line.id,
    destination: line.destination,
    folder: line.folder,
    phase: line.phase,
    hold: line.paused && line.same_service ? { state: "paused" } : elsewhere ? { state: "elsewhere" } : { state: "resting", last: detail.last_hold },
    walked: null,
    hashed: null,
    sent: line.sent,
    bytes_per_second: 0,
    seconds_left: null,
    current: null,
    check: null,
    set_aside: line.set_aside,
    checks: line.checks,
    has_receipt: line.has_receipt,
    same_service: line.same_service,
  };
}

/** Returns the state of a transfer in a list that this process does not run. One for another service is resting, even if paused. */
export function atRest({ phase, paused, checks, same_service }: Pick<TransferLine, "phase" | "paused" | "checks" | "same_service">): Pick<Shown, "phase" | "hold" | "checks"> {
  return { phase, hold: paused && same_service ? { state: "paused" } : { state: "resting", last: null }, checks };
}

const FINAL: readonly Phase[] = ["finished", "given_up", "cancelled"];
/** The phases in which the service knows about the transfer. */
const AT_THE_SERVICE: readonly Phase[] = ["starting", "registering", "confirming", "sending", "settling", "handing_over", "being_checked"];
const ON_ITS_WAY: readonly Phase[] = ["hashing", "starting", "registering", "confirming", "sending"];
const OF_NETWORK: readonly WaitReason[] = ["offline", "upload_unreachable", "api_unreachable", "sign_in_unreachable", "unexpected_page", "certificate_untrusted", "clock_wrong", "proxy_refused", "proxy_sign_in", "proxy_unreachable"];
const BEFORE_SENDING: readonly Phase[] = ["walking", "checked", "hashing", "starting", "registering", "confirming"];

/** Returns whether the transfer has ended. */
export function isFinal(phase: Phase): boolean {
  return FINAL.includes(phase);
}

/** Returns whether quitting or signing out would stop the transfer, according to the program's own rule. */
export function isBeingSent({ phase, hold }: Pick<TransferNow, "phase" | "hold">): boolean {
  switch (hold.state) {
    case "queued":
    case "running":
    case "waiting":
      return ON_ITS_WAY.includes(phase);
    case "paused":
    case "stopped":
      return false;
  }
}

/** Returns whether a transfer waits for the network. The person may know that it works again before the program retries. */
export function isOfNetwork(reason: WaitReason): boolean {
  return OF_NETWORK.includes(reason);
}

/** Returns whether the service knows about the transfer, so that its consignment cannot be used again after a cancellation. */
export function isKnownToService(phase: Phase): boolean {
  return AT_THE_SERVICE.includes(phase);
}

/** Returns whether everything is sent, and only the service's steps are left. */
export function isSent(phase: Phase): boolean {
  return phase === "handing_over" || phase === "being_checked";
}

/** Returns whether the program stopped for the person to decide about files that were set aside, which is not a fault. */
export function asksAboutFiles(hold: Standing): boolean {
  return hold.state === "stopped" && hold.code === "items_set_aside";
}

/** Returns whether the program stopped for the person to read the check again, because the folder changed or files cannot be sent. */
export function asksToAgree({ phase, hold }: { phase: Phase; hold: Standing }): boolean {
  return phase === "checked" && hold.state === "stopped" && (hold.code === "leaves_out" || hold.code === "nothing_to_send" || hold.code === "folder_changed");
}

/** Returns the progress of the checking bar; `null` if it is not known. */
export function checking({ phase, hashed, sent }: Pick<Shown, "phase" | "hashed" | "sent">): Progress | null {
  if (phase === "walking" || phase === "checked") return { items_done: 0, items_total: 0, bytes_done: 0, bytes_total: 0, per_mille: 0 };
  if (phase === "hashing") return hashed;
  return { ...sent, items_done: sent.items_total, bytes_done: sent.bytes_total, per_mille: 1000 };
}

/** Returns whether sending has started, so that its bar has a meaning. */
export function hasStartedSending(phase: Phase): boolean {
  return !BEFORE_SENDING.includes(phase);
}

/** Returns a share in per mille; 1000 only when everything is done. */
export function perMille(done: number, all: number): number {
  return all === 0 ? 0 : Math.min(done >= all ? 1000 : 999, Math.floor((done / all) * 1000));
}

/** Returns the result of the service's checks. */
export function verdict(checks: ServiceChecks | null): "none" | "open" | "good" | "bad" | "could_not_run" {
  if (checks === null) return "none";
  if (checks.could_not_run) return "could_not_run";
  if (!checks.finished) return "open";
  return checks.all_succeeded ? "good" : "bad";
}
