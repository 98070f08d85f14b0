/** Every word that the page shows stands here and in `messages/`. This is the one way in. */
export { codes, sentenceFor, sentenceForAnswer, type Sentence } from "./messages/codes";
export { checkFailures } from "./messages/checkFailures";
export { handOver, receipt, transfers } from "./messages/end";
export { drops, frame, pager } from "./messages/frame";
export { about, help, settings } from "./messages/rest";
export { selfTest } from "./messages/selfTest";
export { consignments, folder, signIn } from "./messages/start";
export { cancelledHere, codeOf, consignmentStates, findingKinds, itemFilters, problems, problemsFound, phases, type Tone, waiting } from "./messages/states";
export { check, confirm, files, happening, holds, otherPerson, sending } from "./messages/transfer";
