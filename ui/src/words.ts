import type { Phase, WaitReason } from "./generated/bindings";
import { phases, waiting } from "./messages";

/** The phases, in the order of their words. */
export const PHASES = Object.keys(phases) as Phase[];

/** The reasons for waiting, in the order of their words. */
export const WAIT_REASONS = Object.keys(waiting) as WaitReason[];
