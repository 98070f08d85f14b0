import type { Stage, WaitReason } from "./generated/bindings";
import { stages, waiting } from "./messages";

/** The stages, in the order of their words. */
export const STAGES = Object.keys(stages) as Stage[];

/** The reasons for waiting, in the order of their words. */
export const WAIT_REASONS = Object.keys(waiting) as WaitReason[];
