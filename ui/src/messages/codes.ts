import type { Code } from "../generated/bindings";

/** What is wrong, and what to do about it. */
export type Sentence = { what: string; next: string };

const WAIT = "You do not need to do anything. Waybill continues by itself.";
const NEW_CONSIGNMENT = "Start a new consignment on the TDR website.";
const SPLIT = "Split the folder and use one consignment for each part.";

/**
 * One sentence and one next step for every code of the program. A test holds this table against the program's own list,
 * so a new code without words does not pass.
 */
export const codes: Record<Code, Sentence> = {
  // The service
  profile_unreadable: { what: "The file that describes the service cannot be read.", next: "Check that the file is there, or ask whoever gave it to you." },
  ca_file_unreadable: { what: "The certificate file of the service cannot be read.", next: "Ask whoever gave you the service’s file for its certificate file." },
  profile_malformed: { what: "The file that describes the service is not right.", next: "Ask whoever gave you the file to correct the line named here." },
  profile_insecure: { what: "The service is set up with an address that is not encrypted.", next: "Ask whoever gave you the file for one with https addresses." },
  service_unknown: { what: "Waybill does not know a service of that name.", next: "Ask your IT team which service to use." },

  // The folder
  folder_missing: { what: "The folder is not there.", next: "Check that it has not been moved or renamed, or choose another folder." },
  folder_is_file: { what: "That is a file, not a folder.", next: "Choose the folder that holds the file." },
  folder_unreadable: { what: "The folder cannot be opened.", next: "Ask for permission to read it, or choose another folder." },
  folder_gone: { what: "The folder is not reachable.", next: "Connect the drive or the network it is on. Waybill continues by itself." },
  nothing_to_send: { what: "There is nothing in the folder that can be sent.", next: "Choose a folder with files in it." },
  folder_name_unusable: { what: "The folder’s name cannot be sent.", next: "Put the files into a folder with an ordinary name, then choose that folder." },

  // The check of the whole transfer
  too_many_files: { what: "There are more files than the service takes in one transfer.", next: SPLIT },
  transfer_too_large: { what: "There is more data than the service takes in one transfer.", next: SPLIT },
  registration_too_large: { what: "The list of files is longer than the service takes in one go.", next: "Split the folder, or use shorter folder names." },
  folder_changed: { what: "The folder has changed since it was checked.", next: "Look at what will be sent, then send it." },
  leaves_out: { what: "Some files will not be sent.", next: "Read the list of files, then agree to leave them out or choose another folder." },

  // The check of one file
  excluded_name: { what: "The service leaves out files with this name.", next: "You do not need to do anything." },
  empty_file: { what: "The file is empty. The service refuses empty files.", next: "Check whether the file should have something in it." },
  unreadable: { what: "The file or folder cannot be read.", next: "Ask for permission to read it, then check the folder again." },
  locked: { what: "Another program has the file open.", next: "Close the file in the other program, then try again." },
  link: { what: "This is a link. Waybill does not follow links.", next: "Put the file itself into the folder if you need to send it." },
  special_file: { what: "This is not an ordinary file.", next: "Remove it from the folder if you do not need it." },
  name_not_unicode: { what: "The name has characters that cannot be sent.", next: "Rename the file using ordinary letters if you need to send it." },
  names_differ_in_case: { what: "Two names differ only in capital letters or in how an accent is written.", next: "Both are sent. Check that you meant to have both." },
  path_too_long: { what: "The path is too long.", next: "Use shorter folder names if you need to send the file." },
  file_too_large: { what: "The file is larger than the service takes.", next: "Ask The National Archives how to send it." },
  refused_format: { what: "The service refuses files of this kind.", next: "Unpack it, or ask The National Archives how to send it." },
  changed_after_checking: { what: "The file was changed after it was checked.", next: "Put the file back as it was and try again, or give up this transfer." },
  file_gone: { what: "The file is not there any more.", next: "Put the file back and try again, or give up this transfer." },
  content_differs: { what: "The file does not read the same way twice.", next: "Ask your IT team to check the disk, then try again." },
  object_exists: { what: "The service already holds something in this file’s place.", next: "Give up this transfer and tell The National Archives." },
  store_refused: { what: "The upload service refused the file.", next: "Try again. If it happens again, tell The National Archives." },
  store_failed: { what: "The upload service failed for this file too often.", next: "Try again later." },

  // The consignment
  consignment_unknown: { what: "You do not have a consignment with that reference.", next: "Choose one from your list of consignments." },
  needs_agreement: { what: "The transfer agreement is not complete.", next: "Complete it on the TDR website, then refresh the list." },
  uploaded_elsewhere: { what: "Files have already been uploaded to this consignment from somewhere else.", next: NEW_CONSIGNMENT },
  consignment_used: { what: "A transfer from this computer into this consignment is over.", next: NEW_CONSIGNMENT },
  judgment: { what: "Court judgments cannot be sent with Waybill.", next: "Send it on the TDR website." },
  consignment_done: { what: "This consignment is finished.", next: NEW_CONSIGNMENT },
  match_ids_missing: { what: "The service did not register every file.", next: "Tell The National Archives, then start a new consignment." },
  registration_unclear: { what: "The service has a different list of files from the one that was sent.", next: "Tell The National Archives, then start a new consignment." },
  checks_failed: { what: "The service could not check the files.", next: "Look at the consignment on the TDR website." },
  items_set_aside: { what: "Some files could not be sent. Everything else has been sent.", next: "Try those files again, or give up the transfer." },

  // The session
  sign_in_needed: { what: "You are not signed in.", next: "When you have signed in, your transfers continue from where they stopped." },
  sign_in_refused: { what: "The sign-in page did not let you in.", next: "Try again, or ask The National Archives about your account." },
  sign_in_abandoned: { what: "The sign-in was not finished.", next: "Sign in again, and finish in your browser." },
  sign_in_mismatch: { what: "Your browser came back with the answer to a different sign-in.", next: "Close other sign-in pages, then sign in again." },
  sign_in_no_port: { what: "Waybill could not listen for the answer of the sign-in page.", next: "Close other programs and try again, or ask your IT team." },
  different_person: { what: "This transfer was begun by somebody else.", next: "Sign in as the person who began it." },
  account_incomplete: { what: "Your account is not set up to transfer records.", next: "Ask The National Archives to complete your account." },
  keychain_unavailable: { what: "Waybill cannot use this computer’s keychain.", next: "You can continue. You will need to sign in again the next time you start Waybill." },

  // The network
  offline: { what: "The service cannot be reached.", next: "Check that you are connected to your network. Waybill continues by itself." },
  upload_unreachable: { what: "The upload address does not answer.", next: "Check that your VPN is connected. Waybill continues by itself." },
  api_unreachable: { what: "The service’s main address does not answer.", next: WAIT },
  sign_in_unreachable: { what: "The sign-in address does not answer.", next: WAIT },
  certificate_untrusted: { what: "This computer does not trust the service’s certificate.", next: "Ask your IT team. They may need to install a certificate." },
  proxy_unreachable: { what: "Your organisation’s proxy cannot be reached, or lets no connection through.", next: "Ask your IT team." },
  proxy_refused: { what: "Your organisation’s proxy refused the connection.", next: "Ask your IT team to allow the addresses of the service." },
  unexpected_page: { what: "A web page came instead of an answer from the service.", next: "Open your browser. Your network may want you to sign in." },
  firewall: { what: "The service’s firewall is blocking requests for a while.", next: WAIT },
  slow_down: { what: "The service asked Waybill to slow down.", next: WAIT },
  host_not_allowed: { what: "Waybill only talks to the addresses of its service.", next: "Ask your IT team to check how the service is set up." },
  cookies_refused: { what: "The upload address does not accept the permission to upload.", next: "Wait a few minutes. If it does not go away, tell The National Archives." },
  service_failed: { what: "The service has a problem.", next: "Waybill tries again by itself. If it does not go away, tell The National Archives." },
  service_refused: { what: "The service refused.", next: "Try again. If it happens again, tell The National Archives." },
  clock_wrong: { what: "This computer’s clock is wrong.", next: "Set the clock, or ask your IT team. Waybill uses the service’s time until then." },

  // This computer
  journal_in_use: { what: "Another Waybill is running on this computer.", next: "Use that one, or close it first. Until then you can look at transfers and pause them here, but not send." },
  journal_corrupt: { what: "Waybill’s journal cannot be read. Nothing has been deleted.", next: "Keep Waybill’s data folder as it is, and ask your IT team. “About” says where it is." },
  journal_newer: { what: "Waybill’s journal was written by a newer version.", next: "Install the newest version of Waybill." },
  disk_full: { what: "The disk is full.", next: "Make some room on the disk. Waybill continues by itself." },
  data_folder_unusable: { what: "Waybill cannot write to its data folder.", next: "Ask your IT team to check the folder’s permissions." },
  output_unwritable: { what: "The file cannot be written there.", next: "Choose another place." },
  not_opened: { what: "The file could not be opened.", next: "Open it yourself. Its place is named here." },
  not_copied: { what: "The text could not be copied.", next: "Try again, or use “Open it again” instead." },
  autostart_refused: {
    what: "Waybill could not change whether it starts with this computer.",
    next: "Ask your IT team. They may have set this for you. Your other settings have been saved.",
  },
  settings_unreadable: {
    what: "Waybill’s settings cannot be read. The file has not been changed.",
    next: "Ask your IT team to correct the file named here, or move it away. Then quit Waybill and start it again.",
  },
  output_exists: { what: "There is another file of that name. It has not been changed.", next: "Choose another folder, or move the file away." },

  // The transfer
  transfer_unknown: { what: "Waybill does not have that transfer.", next: "Choose one from “All transfers”." },
  transfer_ambiguous: { what: "More than one transfer fits.", next: "Choose one from “All transfers”." },
  not_possible_now: { what: "You cannot do that with this transfer now.", next: "Look at where the transfer stands, then try again." },
  paused: { what: "The transfer is paused.", next: "Select Resume to continue." },
  cancelled: { what: "The transfer is cancelled.", next: "Start again with a new transfer." },
  usage: { what: "Waybill did not understand what it was started with.", next: "Quit Waybill, then start it again without anything after its name." },
  internal: { what: "Something went wrong inside Waybill.", next: "Try again. If it happens again, save a support bundle and send it to your IT team." },
};

/** The words for a code. */
export function sentenceFor(code: Code): Sentence {
  return codes[code];
}

/** The same where somebody asked for something and did not get it: nothing of that continues by itself. */
export function sentenceForAnswer(code: Code): Sentence {
  const { what, next } = sentenceFor(code);
  return {
    what,
    next: next
      .replace(WAIT, "Wait a few minutes, then try again.")
      .replace("Waybill continues by itself.", "Then try again.")
      .replace("Waybill tries again by itself.", "Try again in a few minutes."),
  };
}
