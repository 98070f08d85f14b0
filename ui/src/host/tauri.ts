import { isTauri as tauriIsThere } from "@tauri-apps/api/core";

import { commands, events } from "../generated/bindings";
import type { Failure } from "../generated/bindings";
import type { Answer, Host } from "./host";

/** Returns whether the page is in a window of the program. */
export function isTauri(): boolean {
  return tauriIsThere();
}

type Result<T> = { status: "ok"; data: T } | { status: "error"; error: Failure | string };

/** Converts a reply for the views. A request that Tauri itself rejects is an internal fault. */
async function answer<T>(asked: Promise<Result<T>>): Promise<Answer<T>> {
  try {
    const result = await asked;
    if (result.status === "ok") return { ok: true, value: result.data };
    // If a command is not allowed, the error is Tauri's own text.
    return typeof result.error === "string" ? fault(result.error) : { ok: false, problem: result.error };
  } catch (error) {
    return fault(error instanceof Error ? error.message : null);
  }
}

function fault(detail: string | null): { ok: false; problem: Failure } {
  return { ok: false, problem: { code: "internal", detail } };
}

/** Converts the reply of a command that cannot fail. */
function certain<T>(asked: Promise<T>): Promise<Answer<T>> {
  return answer(asked.then((data) => ({ status: "ok", data })));
}

/** The program, reached through Tauri. */
export const tauriHost: Host = {
  async listen(listener) {
    await Promise.all([
      events.snapshot.listen(({ payload }) => {
        listener.snapshot(payload);
      }),
      events.drop.listen(({ payload }) => {
        listener.dropped(payload);
      }),
      events.notice.listen(({ payload }) => {
        listener.noticed(payload);
      }),
      events.quitAsked.listen(({ payload }) => {
        listener.quitAsked(payload);
      }),
      events.closedToTray.listen(({ payload }) => {
        listener.closedToTray(payload);
      }),
    ]);
    // The program then sends the first snapshot.
    await commands.ready();
  },

  about: () => certain(commands.about()),

  signIn: () => answer(commands.signIn()),
  cancelSignIn: () => answer(commands.cancelSignIn()),
  openSignInAgain: () => answer(commands.openSignInAgain()),
  copySignInAddress: () => answer(commands.copySignInAddress()),
  signOut: () => answer(commands.signOut()),

  consignments: () => answer(commands.consignments()),
  openWebsite: (place) => answer(commands.openWebsite(place)),

  chooseFolder: () => answer(commands.chooseFolder()),
  chooseMovedFolder: (transfer) => answer(commands.chooseMovedFolder(transfer)),
  open: (token, consignment) => answer(commands.open(token, consignment)),
  run: (transfer) => answer(commands.run(transfer)),
  tell: (transfer, command) => answer(commands.tell(transfer, command)),
  limitSpeed: (bytesPerSecond) => answer(commands.limitSpeed(bytesPerSecond)),

  transfers: (offset, limit) => answer(commands.transfers(offset, limit)),
  transfer: (id) => answer(commands.transfer(id)),
  findingGroups: (transfer) => answer(commands.findingGroups(transfer)),
  findings: (transfer, kind, offset, limit) => answer(commands.findings(transfer, kind, offset, limit)),
  saveFindings: (transfer, kind) => answer(commands.saveFindings(transfer, kind)),
  checkFailures: (transfer) => answer(commands.checkFailures(transfer)),
  checkFailureLines: (transfer, offset, limit) => answer(commands.checkFailureLines(transfer, offset, limit)),
  itemCounts: (transfer) => answer(commands.itemCounts(transfer)),
  items: (transfer, filter, offset, limit) => answer(commands.items(transfer, filter, offset, limit)),

  openHandOver: (transfer) => answer(commands.openHandOver(transfer)),
  receipt: (transfer) => answer(commands.receipt(transfer)),
  exportReceipt: (transfer, format) => answer(commands.exportReceipt(transfer, format)),
  showReceiptInFolder: (transfer) => answer(commands.showReceiptInFolder(transfer)),
  openReceiptToPrint: (transfer) => answer(commands.openReceiptToPrint(transfer)),

  settings: () => answer(commands.settings()),
  saveSettings: (settings) => answer(commands.saveSettings(settings)),
  selfTest: () => answer(commands.selfTest()),
  saveSupportBundle: (includeNames) => answer(commands.saveSupportBundle(includeNames)),
  quit: (confirmed) => answer(commands.quit(confirmed)),
};
