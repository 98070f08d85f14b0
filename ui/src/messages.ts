/**
 * The page's messages. The texts are in `words/*.ftl`, and `generated/words.ts` has one entry for each. These modules choose
 * between them. Views import only this file.
 */
export { type Sentence, sentenceFor, sentenceForAnswer } from "./messages/codes";
export { checkFailures } from "./messages/checkFailures";
export { handOver, receipt, transfers } from "./messages/end";
export { drops, frame, pager } from "./messages/frame";
export { about, help, settings } from "./messages/rest";
export { selfTest } from "./messages/selfTest";
export { consignments, folder, folderToService, signIn } from "./messages/start";
export { cancelledHere, codeOf, consignmentStates, findingKinds, happening, holds, itemFilters, problems, queuedBehind, PHASES, phases, stateOf, type Tone, WAIT_REASONS, waiting } from "./messages/states";
export { check, confirm, files, otherPerson, sending } from "./messages/transfer";
