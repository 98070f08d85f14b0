### All the text that Waybill shows to people, in British English.
###
### A second language is one more file beside this one, named after its tag (cy.ftl), with the same messages, attributes and
### variables. Tests compare it with this file. `cargo xtask words` writes the typed tables that the programs use.
###
### For translators
### * A message is a whole sentence, heading, label or button. It is never joined to another to make a sentence.
### * `{ $name }` is replaced, for example with a folder, a reference or an amount with its unit. A comment explains it if needed.
### * If a message depends on a number, give the plural forms that your language has: `[zero]`, `[one]`, `[two]`, `[few]`,
###   `[many]`, `*[other]`.
### * `{ -name }` stands for a whole sentence of the first section.
###
### Style: GOV.UK. Short, active sentences; curly apostrophes and quotation marks. What went wrong, then what to do next.

## Sentences that several messages share

-nothing-to-do = You do not need to do anything. Waybill resumes automatically.
-resumes = Waybill resumes automatically.
-then-retry = Wait a few minutes, then try again.
-new-consignment = Start a new consignment on the TDR website.
-split-folder = Split the folder, and send each part separately.
-try-or-contact = Try again. If it happens again, contact the service’s support team.
-open-and-retry = Open Waybill and try again. If it happens again, contact the service’s support team.
-contact-then-new = Contact The National Archives, then start a new consignment.
-open-and-choose-folder = Open Waybill and choose another folder.

## Codes: what happened, and what to do next
##
## `.next`: in the window. `.next-answer`: in the window, when something that the person asked for has failed, so nothing resumes
## automatically. `.next-notification`: in a notification, where the window may be closed. `.next-terminal`: for the command line.
## If an attribute is missing, `.next` is used.

# The service

code-profile_unreadable = The service profile cannot be read.
    .next = Check that the file is there, or ask whoever gave it to you.
    .next-terminal = Check the file name after --service.
code-ca_file_unreadable = The certificate file named in the service profile cannot be read.
    .next = Ask whoever gave you the service profile for its certificate file.
    .next-terminal = Check the path after ca_file in the service profile.
code-profile_malformed = The service profile is not valid.
    .next = Ask whoever gave you the file to correct the line shown here.
    .next-terminal = Correct the line shown here, or ask whoever gave you the file.
code-profile_insecure = The service profile has an address that is not encrypted.
    .next = Ask whoever gave you the file for one with https addresses.
    .next-terminal = Use an address that starts with https://.
code-service_unknown = Waybill does not know a service with that name.
    .next = Ask your IT team which service to use.
    .next-terminal = Use tdr, tdr-staging, tdr-integration or the path of a service profile.

# The folder

code-folder_missing = The folder cannot be found.
    .next = Check that it has not been moved or renamed, or choose another folder.
    .next-notification = Put it back, or open Waybill and choose another folder.
    .next-terminal = Check the path and try again.
code-folder_is_file = That is a file, not a folder.
    .next = Choose the folder that contains the file.
    .next-notification = Open Waybill and choose the folder that contains the file.
code-folder_unreadable = The folder cannot be opened.
    .next = Ask for permission to read it, or choose another folder.
    .next-notification = Ask for permission to read it, or open Waybill and choose another folder.
code-folder_gone = The folder cannot be reached.
    .next = Connect the drive or network it is on. { -resumes }
    .next-answer = Connect the drive or network it is on, then try again.
    .next-terminal = Connect the drive or network it is on. If its path has changed, use “waybill resume --folder”.
code-another_folder = This is not the folder that was checked.
    .next = Choose the folder that contains the file shown here, with the same size and date.
    .next-terminal = Use the folder that contains the file shown here, with the same size and date.
code-nothing_to_send = There is nothing in the folder that can be sent.
    .next = Choose a folder that contains files.
    .next-notification = { -open-and-choose-folder }
code-folder_name_unusable = The folder has a name that cannot be sent.
    .next = Move the files to a folder with a simpler name, then choose that folder.
    .next-notification = Move the files to a folder with a simpler name, then open Waybill and choose that folder.

# The check of the whole transfer

code-too_many_files = There are more files than the service accepts in one transfer.
    .next = { -split-folder }
code-transfer_too_large = There is more data than the service accepts in one transfer.
    .next = { -split-folder }
code-registration_too_large = The list of files is longer than the service accepts.
    .next = Split the folder, or use shorter folder names.
code-folder_changed = The folder has changed since it was checked.
    .next = Check what will be sent, then send it.
    .next-notification = Open Waybill to check what will be sent, then send it.
    .next-terminal = It has been checked again. Check what will be sent, then send it.
code-leaves_out = Some files will not be sent.
    .next = Read the list of files, then agree to leave them out or choose another folder.
    .next-notification = Open Waybill to read the list, then agree to leave them out or choose another folder.
    .next-terminal = Read the list. To agree to leave them out, use --yes.

# The check of one file

code-excluded_name = The service always leaves out files with this name.
    .next = You do not need to do anything.
code-waybill_data = This is Waybill’s own data. It is never sent.
    .next = If you chose this folder yourself, choose the folder with your records instead.
code-empty_file = The file is empty. The service does not accept empty files.
    .next = Check whether the file should have something in it.
code-unreadable = The file or folder cannot be read.
    .next = Ask for permission to read it, then check the folder again.
code-locked = Another program has the file open.
    .next = Close the file in the other program, then try again.
code-link = This is a link. Waybill does not follow links.
    .next = If you need to send the file, put the file itself in the folder.
code-special_file = This is not an ordinary file.
    .next = If you do not need it, remove it from the folder.
code-name_not_unicode = The name contains characters that cannot be sent.
    .next = If you need to send the file, rename it using ordinary letters.
code-names_differ_in_case = Two names differ only in capitalisation or accent encoding.
    .next = Both are sent. Check that you meant to have both.
code-unlikely_date = The file’s date is before 1970 or in the future.
    .next = The file is sent with this date. If you know the right one, set it before you send the file.
code-path_too_long = The path is too long.
    .next = If you need to send the file, use shorter folder names.
code-file_too_large = The file is larger than the service accepts.
    .next = Ask the service’s support team how to send it.
code-refused_format = The service does not accept files of this type.
    .next = Unpack it, or ask the service’s support team how to send it.
code-changed_after_checking = The file changed after it was checked.
    .next = Restore the file and try again, or give up this transfer.
code-file_gone = The file is no longer there.
    .next = Put the file back and try again, or give up this transfer.
code-content_differs = The file gave different contents when read twice.
    .next = Ask your IT team to check the disk, then try again.
    .next-notification = Ask your IT team to check the disk, then open Waybill and try again.
    .next-terminal = Check the disk, then try again.
code-object_exists = The service has already stored something at this file’s location.
    .next = Give up this transfer and contact the service’s support team.
    .next-notification = Open Waybill to give up this transfer, and contact the service’s support team.
code-maybe_stored = The service may already hold this file. Sending it again may store it twice.
    .next = Ask the service’s support team whether they have the file. If not, try again.
    .next-notification = Ask the service’s support team whether they have the file. If not, open Waybill and try again.
code-store_refused = The upload service rejected the file.
    .next = { -try-or-contact }
    .next-notification = { -open-and-retry }
code-store_failed = The upload service failed too many times for this file.
    .next = Try again later.
    .next-notification = Open Waybill and try again later.

# The consignment

code-consignment_unknown = You do not have a consignment with that reference.
    .next = Choose one from your list of consignments.
    .next-notification = Open Waybill and choose one from your list of consignments.
    .next-terminal = Run “waybill consignments” to list yours.
code-consignment_needed = This service needs a consignment for each transfer.
    .next = Choose one from your list of consignments.
    .next-notification = Open Waybill and choose one from your list of consignments.
    .next-terminal = { cli-consignment-needed-next }
code-no_consignments = This service has no consignments.
    .next = Choose the folder without choosing a consignment.
    .next-notification = Open Waybill and choose the folder again.
    .next-terminal = { cli-without-consignment }
code-needs_agreement = The transfer agreement is not complete.
    .next = Complete it on the TDR website, then refresh the list.
    .next-notification = Complete it on the TDR website, then open Waybill and try again.
    .next-terminal = Complete it on the TDR website, then try again.
code-uploaded_elsewhere = Files have already been uploaded to this consignment from somewhere else.
    .next = { -new-consignment }
code-consignment_used = This consignment has already been used for a transfer from this computer.
    .next = To send more, start a new consignment on the TDR website.
code-judgment = Court judgments cannot be sent with Waybill.
    .next = Send them on the TDR website.
code-consignment_done = This consignment is finished.
    .next = { -new-consignment }
code-match_ids_missing = The service did not register every file.
    .next = { -contact-then-new }
code-registration_unclear = The service has a different list of files from the one that was sent.
    .next = { -contact-then-new }
code-registration_in_doubt = Waybill does not know yet whether the service has registered the files.
    .next = Waybill asks the service, for 3 minutes at most, and then resumes automatically.
    .next-answer = { -then-retry }
code-hand_over_needed = Everything has been sent, but the transfer has not been handed over.
    .next = Open the hand-over page in a browser in which you are signed in.
    .next-terminal = Run “waybill resume”, and open the hand-over page in a browser in which you are signed in.
code-checks_unfinished = The files are uploaded. The service’s checks have not finished.
    .next = Follow the checks on the TDR website.
    .next-terminal = Run “waybill resume” to follow the checks to their end.
code-checks_failed = The service could not check the files.
    .next = Look at the consignment on the TDR website.
code-items_set_aside = Some files could not be sent. Everything else has been sent.
    .next = Try those files again, or give up the transfer.
    .next-notification = Open Waybill to try those files again, or to give up the transfer.
    .next-terminal = Try again with “waybill resume --retry”, or give up with “waybill cancel --give-up”.

# Signing in

code-sign_in_needed = You are not signed in.
    .next = When you sign in, your transfers resume from where they stopped.
    .next-notification = Open Waybill and sign in. Your transfer resumes from where it stopped.
    .next-terminal = Run “waybill sign-in”.
code-sign_in_refused = The service rejected your sign-in.
    .next = Try again, or ask the service’s support team about your account.
code-sign_in_abandoned = You did not finish signing in.
    .next = Sign in again, and finish in your browser.
    .next-terminal = Try again, and finish in your browser.
code-sign_in_mismatch = Your browser finished a different sign-in.
    .next = Close other sign-in pages, then sign in again.
    .next-terminal = Close other sign-in pages, then try again.
code-sign_in_no_port = Waybill could not receive the answer from the sign-in page.
    .next = Close other programs and try again, or ask your IT team.
    .next-terminal = Close the program that uses the port, or ask your IT team.
code-different_person = Someone else started this transfer.
    .next = Sign in as the person who started it.
    .next-notification = Open Waybill and sign in as the person who started it.
code-account_incomplete = Your account is not set up to transfer records.
    .next = Ask the service’s support team to complete your account.
code-keychain_unavailable = Waybill cannot use this computer’s keychain.
    .next = You can continue. You will need to sign in again the next time you start Waybill.
    .next-terminal = Use --session memory to stay signed in for this run only, or --session file.

# The network

code-offline = The service cannot be reached.
    .next = Check your network connection. { -resumes }
    .next-answer = Check your network connection, then try again.
code-upload_unreachable = The upload address does not respond.
    .next = Check that your VPN is connected. { -resumes }
    .next-answer = Check that your VPN is connected, then try again.
code-api_unreachable = The service’s main address does not respond.
    .next = { -nothing-to-do }
    .next-answer = { -then-retry }
code-sign_in_unreachable = The sign-in address does not respond.
    .next = { -nothing-to-do }
    .next-answer = { -then-retry }
code-certificate_untrusted = This computer does not trust the service’s certificate.
    .next = Ask your IT team. They may need to install a certificate.
code-proxy_unreachable = Your organisation’s proxy cannot be reached, or does not allow connections.
    .next = Ask your IT team.
    .next-terminal = Check the proxy’s address, or ask your IT team.
code-proxy_refused = Your organisation’s proxy refused the connection.
    .next = Ask your IT team to allow the service’s addresses.
code-proxy_sign_in = Your organisation’s proxy wants a user name and password.
    .next = Ask your IT team how programs sign in to the proxy.
    .next-terminal = Put them in the proxy’s address, or ask your IT team.
code-unexpected_page = A web page appeared instead of an answer from the service.
    .next = Open your browser. Your network may want you to sign in.
code-firewall = The service’s firewall is temporarily blocking requests.
    .next = { -nothing-to-do }
    .next-answer = { -then-retry }
code-slow_down = The service asked Waybill to slow down.
    .next = { -nothing-to-do }
    .next-answer = { -then-retry }
code-sign_in_unusable = The sign-in address gave a description that Waybill cannot use.
    .next = Ask your IT team to check how the service is set up.
    .next-terminal = Check the service profile.
code-host_not_allowed = Waybill only connects to the service’s own addresses.
    .next = Ask your IT team to check how the service is set up.
    .next-terminal = Check the service profile.
code-permit_refused = The upload address rejected Waybill’s permission to upload.
    .next = Wait a few minutes. If this continues, contact the service’s support team.
code-service_failed = The service has a problem.
    .next = Waybill tries again automatically. If this continues, contact the service’s support team.
    .next-answer = Try again in a few minutes. If this continues, contact the service’s support team.
code-service_refused = The service rejected the request.
    .next = { -try-or-contact }
    .next-notification = { -open-and-retry }
code-clock_wrong = This computer’s clock is wrong.
    .next = Set the clock, or ask your IT team. Waybill uses the service’s time until then.
    .next-notification = Set the clock, or ask your IT team.

# This computer

code-journal_in_use = Waybill is already running on this computer.
    .next = Use the one that is already open, or close it. Until then, you can view and pause transfers here, but not send.
    .next-terminal = Use the one that is already open, or close it first.
code-journal_corrupt = Waybill’s record of transfers cannot be read. Nothing has been deleted.
    .next = Keep Waybill’s data folder as it is, and ask your IT team. “About” shows where it is.
    .next-notification = Open Waybill to see where it is. Keep that folder, and ask your IT team.
    .next-terminal = Keep the file shown here. Use another --data-dir, or move the file away.
code-journal_newer = Waybill’s record of transfers was written by a newer version of Waybill.
    .next = Install the newest version of Waybill.
code-disk_full = The disk is full.
    .next = Free some space on the disk. { -resumes }
    .next-answer = Free some space on the disk, then try again.
code-too_many_open_files = Too many files are open on this computer.
    .next = Close some programs, then resume the transfer.
    .next-terminal = Close some programs, or allow more open files (“ulimit -n”). Then run the command again.
code-data_folder_unusable = Waybill cannot use its data folder, or a file in it.
    .next = Ask your IT team to check the permissions of the file or folder shown here.
    .next-notification = Open Waybill to see which file or folder it is, and ask your IT team.
    .next-terminal = Check what is shown here and its permissions, or use --data-dir.
code-output_unwritable = The file cannot be saved there.
    .next = Choose another location.
    .next-notification = Open Waybill to see which file it is.
code-output_exists = A file with that name already exists. It has not been changed.
    .next = Choose another folder, or move the file away.
    .next-notification = Open Waybill to see which file it is, then move it away.
code-not_opened = The file could not be opened.
    .next = Open it yourself from the location shown here.
code-not_copied = The text could not be copied.
    .next = Try again, or use “Open it again” instead.
    .next-terminal = Try again, or select it and copy it yourself.
code-autostart_refused = Waybill could not change whether it starts with this computer.
    .next = Ask your IT team. They may control this setting. Your other settings have been saved.
    .next-terminal = Ask your IT team. They may control this setting.
code-settings_unreadable = Waybill’s settings cannot be read. The file has not been changed.
    .next = Ask your IT team to correct the file shown here, or move it away. Then quit Waybill and start it again.
    .next-terminal = Correct the file shown here, or move it away. Then start Waybill again.

# The transfer

code-transfer_unknown = Waybill cannot find that transfer.
    .next = Choose one from “All transfers”.
    .next-terminal = Run “waybill transfers” to list them.
code-transfer_ambiguous = More than one transfer matches.
    .next = Choose one from “All transfers”.
    .next-terminal = Run “waybill transfers”, then name one of those.
code-not_possible_now = You cannot do that with this transfer now.
    .next = Check the transfer’s state, then try again.
    .next-terminal = Run “waybill transfers” to see its state.
code-paused = The transfer is paused.
    .next = Select “Resume” to resume it.
    .next-terminal = Run “waybill resume” to resume it.
code-cancelled = The transfer is cancelled.
    .next = Start a new transfer.
    .next-terminal = Start again with “waybill send”.
code-usage = Waybill did not understand the command.
    .next = Quit Waybill, then start it again without any options.
    .next-terminal = Run “waybill help”.
code-internal = Something went wrong inside Waybill.
    .next = Try again. If it happens again, save a support bundle and send it to your IT team.
    .next-notification = Open Waybill and try again. If it happens again, save a support bundle and send it to your IT team.
    .next-terminal = Try again. If it happens again, report it with the log file.

## Phases: where a transfer is. `.meaning` explains it in the help, `.now` says what is happening.

phase-walking = Looking through the folder
    .meaning = Waybill is listing the files in your folder. Nothing has been sent.
    .now = Looking through the folder.
phase-checked = Checked, not sent yet
    .meaning = Waybill has checked the files and is waiting for you to send them.
    .now = Waiting for you to send the files.
phase-hashing = Checking every file
    .meaning = Waybill is reading every file once to calculate its checksum.
    .now = Reading every file once to calculate its checksum.
phase-starting = Starting the upload
    .meaning = Waybill is telling the service that an upload is starting.
    .now = Telling the service that the upload is starting.
phase-registering = Registering the files
    .meaning = Waybill is giving the service the list of your files.
    .now = Giving the service the list of files.
phase-confirming = Confirming the list
    .meaning = Waybill is making sure that the service has the complete list.
    .now = Making sure that the service has the complete list. This can take a few minutes.
phase-sending = Sending
    .meaning = Files are being sent to the service. If you close the window, sending continues.
    .now = Sending the files.
phase-settling = Some files could not be sent
    .meaning = Everything else has been sent. You decide what happens with these files.
    .now = Waiting for you to decide about the files that could not be sent.
phase-handing_over = Handing over
    .meaning = Every file has been sent. The TDR website starts its own checks next.
    .now = Handing over to the TDR website.
phase-being_checked = Being checked by the service
    .meaning = The service is checking what you sent. This can take a while.
    .now = The service is checking the files.
phase-finished = Uploaded
    .meaning = Every file was uploaded, and the service has nothing left to check.
    .now = The transfer is finished.
phase-given_up = Given up
    .meaning = You gave up this transfer. It is not complete.
    .now = The transfer was given up.
phase-cancelled = Cancelled
    .meaning = You cancelled this transfer on this computer.
    .now = The transfer was cancelled.

## Waiting reasons, as names of a state. Their codes say what to do.

waiting-offline = Waiting for the network
waiting-upload_unreachable = Waiting for the VPN
waiting-api_unreachable = Waiting for the service
waiting-sign_in_unreachable = Waiting for the sign-in address
waiting-signed_out = Sign in to continue
waiting-different_person = Waiting for the person who started it
waiting-slow_down = Slowed down by the service
waiting-firewall = Temporarily blocked by the service’s firewall
waiting-unexpected_page = Waiting for your network’s sign-in page
waiting-certificate_untrusted = Waiting for a trusted certificate
waiting-clock_wrong = Waiting for this computer’s clock to be set
waiting-proxy_refused = Blocked by your organisation’s proxy
waiting-proxy_sign_in = Waiting for a sign-in to your organisation’s proxy
waiting-proxy_unreachable = Waiting for your organisation’s proxy
waiting-permit_refused = Waiting for permission to upload
waiting-service_failed = Waiting for the service to recover
waiting-registration_in_doubt = Waiting for the service’s list of files
waiting-folder_gone = Waiting for your folder
waiting-disk_full = Waiting for disk space

## Other states of a transfer. `.meaning` explains it in the help.

hold-queued = Waiting for its turn
    .meaning = Waybill sends one folder at a time. This one starts automatically when its turn comes.
    .behind = Waiting for “{ $folder }” to finish
hold-paused = Paused
    .meaning = You paused it. Nothing is lost. It resumes when you select “Resume”.
hold-stopped = Stopped
    .meaning = It cannot continue without you. Open the transfer to see why, then select “Try again”.
hold-resting = Not running
    .meaning = It is not finished, and Waybill is not working on it now. Open the transfer and select “Resume”.
hold-elsewhere = Running elsewhere on this computer
    .meaning = Waybill is also running somewhere else on this computer, for example in a terminal. This window shows what has been recorded so far.

ended-problems = Uploaded, but problems were found
    .meaning = Every file was uploaded, but the service’s checks found problems or could not run. Open the transfer to see what to do.
ended-not_run = The service could not run its checks

## Consignments. `.why` says whether you can send to it, and why. `.on-website` is a link. `.terminal` is its name on the
## command line, if that differs.

consignmentState-ready = Ready for upload
    .why = You can send a folder to it.
    .on-website = Open on the TDR website
consignmentState-needs_agreement = Needs its transfer agreement
    .why = You cannot send files until the transfer agreement is complete.
    .on-website = Complete it on the TDR website
    .terminal = Needs its transfer agreement: complete it on the TDR website
consignmentState-uploading = Being uploaded elsewhere
    .why = An upload was started in a browser or on another computer.
    .on-website = View it on the TDR website
consignmentState-checking = Being checked
    .why = Its files have been uploaded. The service is checking them.
    .on-website = View it on the TDR website
consignmentState-checked = Uploaded and checked
    .why = Its files have been uploaded. The next steps are on the website.
    .on-website = Continue on the TDR website
consignmentState-failed = Upload or checks failed
    .why = The service does not accept any more files for it. Start a new consignment.
    .on-website = See why on the TDR website
    .terminal = Upload or checks failed: start a new consignment
consignmentState-done = Done
    .why = It has been transferred.
    .on-website = View it on the TDR website
consignmentState-judgment = Court judgment
    .why = Court judgments are sent on the website.
    .on-website = Send it on the TDR website
    .terminal = Court judgment: use the TDR website
# The service is still waiting for the files, but the transfer was cancelled on this computer.
cancelledHere-name = Cancelled on this computer
cancelledHere-why = You cancelled its upload on this computer without telling the service. You cannot send to it again. { -new-consignment }

## What the check of a folder finds, as headings of groups. Their codes say what each means.

finding-too_many_files = Too many files
finding-transfer_too_large = Too much data
finding-registration_too_large = The list of files is too long
finding-file_too_large = Files that are too large
finding-unreadable = Files that cannot be read
finding-locked = Files that are open in another program
finding-empty_file = Empty files
finding-refused_format = File types that the service does not accept
finding-link = Links
finding-special_file = Items that are not ordinary files
finding-name_not_unicode = Names that cannot be sent
finding-path_too_long = Paths that are too long
finding-names_differ_in_case = Names that look alike
finding-unlikely_date = Unlikely dates
finding-excluded_name = System files
finding-waybill_data = Waybill’s own data

## The service’s checks of each file, and their results, by the names that the service gives them

serviceCheck-Antivirus = Antivirus check
serviceCheck-ChecksumMatch = Checksum check
serviceCheck-ServerChecksum = Checksum check
serviceCheck-FFID = File format check
serviceCheck-Upload = Upload
serviceCheck-ClientChecks = Checks before the upload
serviceCheck-ClientFilePath = Path check
serviceCheck-Redaction = Redaction check

serviceResult-VirusDetected = Virus found
serviceResult-Mismatch = Checksum differs
serviceResult-PasswordProtected = Password-protected
serviceResult-Zip = Zip file
serviceResult-NonJudgmentFormat = Not a format for judgments
serviceResult-ZeroByteFile = Empty file
serviceResult-Failed = Check failed

## Amounts. `$value` is a number with one decimal at most.

amount-bytes = { $count ->
    [one] 1 byte
   *[other] { $count } bytes
}
amount-kilobytes = { $value } KB
amount-megabytes = { $value } MB
amount-gigabytes = { $value } GB
amount-terabytes = { $value } TB
amount-percent = { NUMBER($percent) }%
amount-count = { NUMBER($count) }
amount-a-second = { $amount } a second
# A share with one decimal, such as “43.0%”
amount-share = { $share }%
# Short spans of time in a progress line
amount-span-seconds = { NUMBER($seconds) } s
amount-span-minutes = { NUMBER($minutes) } min
amount-span-minutes-seconds = { NUMBER($minutes) } min { NUMBER($seconds) } s
amount-span-hours = { NUMBER($hours) } h
amount-span-hours-minutes = { NUMBER($hours) } h { NUMBER($minutes) } min
# How much of something is done, such as “1.4 GB of 3.4 GB”
amount-part = { $done } of { $all }
# Just before the end, when both would read the same
amount-all-but = all but { $left } of { $all }

## The tray: the name of a state, and menu items

tray-quit = { question-quit.yes }
tray-open = Open Waybill
tray-pause = { sending-pause }
tray-resume = { sending-resume }
tray-starting = { frame-starting }
tray-signed-out = { frame-signed-out }
tray-signing-in = Signing in
tray-nothing = Nothing is being sent
# The program’s name, and its state
tray-tooltip = { frame-name }: { $state }
# A consignment’s reference, and how much of its transfer is done
tray-progress = { $reference }: { NUMBER($percent) }%
# The state of the transfer that is being worked on, and how many others wait
tray-and-queued = { $queued ->
    [one] { $state }, and 1 more is waiting for its turn
   *[other] { $state }, and { $queued } more are waiting for their turn
}

## Notifications and system dialogs

notification-sending-in-tray = Waybill is still sending
    .body = You can find Waybill in the tray. To stop sending, select “Quit Waybill” there.
notification-sending-minimised = Waybill is still sending
    .body = The window is minimised. To stop sending, open the window and select “Quit Waybill”.
notification-running-in-tray = Waybill is still running
    .body = Nothing is being sent. You can find Waybill in the tray. To end it, select “Quit Waybill” there.
notification-running-minimised = Waybill is still running
    .body = Nothing is being sent. The window is minimised. To end Waybill, open the window and select “Quit Waybill”.
# What happened, and what to do next
notification-code = { $reference }: { $what } { $next }
notification-stopped = A transfer needs your attention
notification-hand-over = All files have been sent
    .body = { $reference }: finish on the TDR website, which starts the service’s own checks.
notification-give-up = { handOver-given-up-heading }
    .body = { $reference }: finish on the TDR website, which records that the upload is not complete.
notification-receipt = Your receipt is ready
    .body = { $reference } is uploaded. You can close Waybill.
    .body-checks-unknown = { $reference } is uploaded. Open Waybill to see the result.
notification-problems = { ended-problems }
    .body = { $reference }: open Waybill to see what the service’s checks found. The TDR website explains what to do.
notification-not-run = { ended-not_run }
    .body = { $reference } is uploaded. Open Waybill to see what you can do.
notification-page-left = The Waybill window stopped working
    .body = It stopped several times and is now empty. Your transfers continue. To see them, start Waybill again.
dialog-choose-folder = Choose a folder to send
# In the system’s list of programs that keep the computer awake
dialog-keeps-awake = Sending records

## The page that the browser shows when a sign-in has ended

browser-title = { $heading } – Waybill
browser-signed-in = You are signed in
    .text = You can close this page and go back to Waybill.
browser-not-signed-in = You are not signed in
    .refused = The sign-in was rejected. Close this page and go back to Waybill to see what to do next.
    .failed = The sign-in did not work. Close this page and go back to Waybill to see what to do next.
browser-other-sign-in = This is a different sign-in
    .text = Waybill is waiting for another sign-in page. Use the page that Waybill opened last.
browser-already-used = This page has already been used
    .text = You can close this page and go back to Waybill.
browser-again = Sign in again
    .text = The sign-in page has expired. A new one is opening.
browser-not-found = Page not found
    .text = You can close this page.
browser-wrong-method = This address cannot be used this way
    .text = You can close this page.

## What a code is about, shown after its sentences. A path comes last, because it can be long.

detail-no-home-folder = This account has no home folder.
detail-other-service = It belongs to the service “{ $service }”.
detail-wrong-service = { $destination } belongs to the service “{ $service }”, not to “{ $named }”.
detail-other-folder = { $destination } receives the files of another folder: { $folder }
detail-replaced-folder = Another folder has taken its place: { $path }
detail-not-uploaded = { $destination } is not uploaded yet.
detail-not-started = The service does not know about the upload to { $destination } yet.
detail-ended = { $destination } has ended.
detail-all-finished = Every transfer is finished.
detail-no-answer = The other Waybill does not respond.
detail-consignment-required = --consignment is required
detail-consignment-not-possible = --consignment cannot be used
# $reason is what the system said
detail-receipt = The receipt: { $reason }

## How an address responded to the self-test. `$status` is the number of an HTTP status, such as 403.

answer-expected = HTTP { $status }
answer-network-sign-in = HTTP { $status }: the network wants you to sign in
answer-service-failed = HTTP { $status }: the service failed
answer-redirected = HTTP { $status }: redirected to { $host }
answer-web-page = HTTP { $status }: a web page
answer-other-sign-in = HTTP { $status }: the sign-in address of { $issuer }
answer-not-sign-in = HTTP { $status }: not a sign-in address
answer-not-service = HTTP { $status }: not a response of this service

## The command line

# A line that says what happens now
cli-phase = { $phase }.
cli-phase-progress = { $phase }: { $progress }
cli-paused = Paused.
cli-waiting = Waiting: { $what } { $next }
cli-set-aside = Could not be sent: { $path }: { $what } { $next }
cli-receipt = Receipt:
cli-signed-in = Signed in at { $service }: { $person }
cli-note = Note: { $message }
cli-error = error: { $message }
cli-sign-in-opened = The sign-in page is opening in your browser. If it does not open, go to this address: { $address }
cli-sign-in-open = Open this address in a browser to sign in:
cli-hand-over-opened = The page that hands over the files is opening in your browser. If it does not open, go to this address: { $address }
cli-hand-over-open = Open this address in a browser to hand over the files:
# What the check found of a file, in brackets after its path
cli-raw-name = name in hex: { $bytes }
# The head of a group of findings, and how many there are
cli-group-blocks = Blocks the transfer: { $what } { $next }
cli-group-leaves-out = Not sent ({ NUMBER($count) }): { $what } { $next }
cli-group-leaves-out-unasked = Not sent ({ NUMBER($count) }): { $what }
cli-group-warns = Sent with a warning ({ NUMBER($count) }): { $what } { $next }
# Amounts that are parts of a list
cli-files = { $count ->
    [one] 1 file
   *[other] { $count } files
}
cli-folders = { $count ->
    [one] 1 folder
   *[other] { $count } folders
}
cli-found = { $folder }: { $files }, { $folders }, { $size }.
cli-to-send = To send: { $files }, { $size }.
cli-left-out = { $count ->
    [one] Left out: 1 file or folder.
   *[other] Left out: { $count } files and folders.
}
cli-done-of = { $total ->
    [one] { NUMBER($done) } of 1 file
   *[other] { NUMBER($done) } of { $total } files
}
cli-progress-found = { $files }, { $size }
cli-progress = { $share }, { $files }, { $done } of { $all }
cli-progress-speed = { $progress }, { $speed }/s
cli-progress-left = { $progress }, { $speed }/s, { $span } left
cli-test = { $topic }: { $detail }
cli-test-not-tested = { $topic }: not tested: { $detail }
cli-test-works = ok
cli-test-warns = WARN
cli-test-fails = FAIL
cli-bar-checking = Checking
cli-bar-sending = Sending
cli-bar-phase = { $phase } …

# What a transfer ended with
cli-uploaded-problems = Uploaded to { $reference }. The service’s checks found problems. Look at the consignment on the TDR website.
cli-uploaded-checked = Uploaded to { $reference }. The service’s checks found no problems. Continue on the TDR website.
cli-uploaded = Uploaded to { $reference }.
cli-handed-over = Uploaded to { $reference }. The service is checking the files. To follow the checks, run “waybill resume { $reference }”.
cli-lost-since-check =
    { $count ->
        [one] 1 file or folder that the check listed can no longer be read. Nothing has been sent.
       *[other] { $count } files and folders that the check listed can no longer be read. Nothing has been sent.
    }
cli-lost-since-check-next = Read the list. Put back what is missing, or run the same command again with --yes to leave it out.
cli-output-lost = error: the command has finished, but some of its output could not be written. Check the disk that it is written to.
# The same command was run again after it had finished.
cli-sent-before = { $folder } has already been uploaded to { $reference }. Anything added to the folder since then has not been sent.
cli-uploaded-already = { $reference } has already been uploaded.
cli-resume-with = To resume it, run “waybill resume { $reference }”.
cli-given-up-new = The transfer was given up. Start a new consignment on the TDR website.
# The same for a service that has no consignments
cli-given-up-new-folder = The transfer was given up. To send these records, send the folder again.
cli-new-consignment = Start a new consignment on the TDR website.
cli-retry-or-give-up = Try again with “waybill resume { $reference } --retry”, or give up with “waybill cancel { $reference } --give-up”.
cli-sign-in-as = Run “waybill sign-out”, then run “{ $command }” and sign in as { $person }, who started the transfer.
cli-sign-in-as-again = Run “waybill sign-out”, then run this command again and sign in as { $person }, who started the transfer.
cli-person-with-email = { $name } ({ $email })
cli-interrupted = Interrupted.
# $path: a settings file. $key: what stands before the equals sign in it.
cli-setting-unknown = { $path }, line { $line }: Waybill does not know “{ $key }”. It has no effect.
cli-setting-wrong = { $path }, line { $line }: the value of “{ $key }” cannot be used. It has no effect.
cli-stopping = Waybill is stopping. To end it at once, press Ctrl-C again. Nothing is lost.
cli-stopping-registration = Waybill is waiting for the service to register the files, for { $seconds } seconds at most. To end it at once, press Ctrl-C again. Nothing is lost.
cli-interrupted-next = Run the command again.
cli-interrupted-one = Nothing is lost. To resume it, run “waybill resume { $reference }”.
cli-interrupted-all = Nothing is lost. To resume, run “waybill resume --all”.
cli-sign-in-then-resume = Run “waybill sign-in”, then “waybill resume”.
cli-sign-in-to-continue = Sign in with your browser to continue.

# Commands
cli-resuming = Resuming the transfer to { $reference }.
cli-folder-moved = The folder is now { $path }. The names, sizes and dates of its files are those that were checked.
cli-folder-moved-next = If the folder has moved, run “waybill resume { $reference } --folder FOLDER”.
cli-nothing-to-resume = There is nothing to resume.
cli-other-service = { $reference } belongs to a different service, “{ $service }”. It was not resumed.
cli-name-service = Use --service with the name or the profile of the transfer’s service.
cli-ask-leave-out = Send the folder without the files listed as not sent?
cli-paused-resume = Paused. To resume it, run “waybill resume { $reference }”.
cli-cancel-is-enough = Run “waybill cancel { $reference }” instead.
cli-giving-up-elsewhere = Another Waybill is sending this transfer, and is now giving it up. The TDR website opens in the browser to record this.
cli-giving-up-elsewhere-folder = Another Waybill is sending this transfer, and is now giving it up.
cli-given-up = Given up. The service has recorded that the upload to { $reference } failed.
# $service is the name of a service that has no consignments
cli-given-up-folder = Given up. { $service } keeps what has been sent. The receipt lists it.
cli-cancelled-here = Cancelled on this computer. The service is still waiting for the files of { $reference }, so it cannot be used again.
cli-cancelled-folder = Cancelled. { $service } keeps what has been sent.
cli-cancelled = Cancelled. Nothing was sent to { $reference }.
cli-signed-out = Signed out.
cli-session-memory = You are already signed out again, because --session memory keeps you signed in only until the command ends.
cli-session-file = The session is kept in a file in { $folder } that only your account can read. Anyone who can read it, including from a backup, can act as you until you sign out. The keychain is safer.
cli-session-until-end = { $what } You stay signed in until this command ends.
cli-session-until-end-detail = { $what } ({ $detail }) You stay signed in until this command ends.
cli-read-then-send = Read the list. To agree to leave the files out, run “waybill send --yes”.
cli-can-be-sent = The folder can be sent: { $files }, { $size }.
cli-no-problem = No problems found.
cli-no-problem-not-all = No problems found. Some tests could not be run.
cli-clock-fast = { $what } It is { $span } fast.
cli-clock-slow = { $what } It is { $span } slow.
cli-no-transfers = There are no transfers on this computer.
cli-consignment-needed = { $service } needs a consignment for each transfer.
cli-consignment-needed-next = Give its reference with --consignment. To list your consignments, run “waybill consignments”.
cli-service-without-consignments = { $service } has no consignments.
cli-without-consignment = Run the command again without --consignment.
cli-send-without-consignment = To send a folder to it, run “waybill send FOLDER”.
cli-no-consignments = You have no consignments. Start one on the TDR website.
cli-no-findings = The check found no problems.
cli-problems-in = { $count ->
    [one] The service’s checks found problems in 1 file:
   *[other] The service’s checks found problems in { $count } files:
}
cli-problem = { $path }: { $check }: { $result }
cli-more-in-receipt = { $count ->
    [one] … and 1 more. The receipt lists all of them.
   *[other] … and { $count } more. The receipt lists all of them.
}
cli-more = { $count ->
    [one] … and 1 more
   *[other] … and { $count } more
}
cli-here = On this computer: { $phase } ({ $share })
cli-sandbox-missing = The sandbox is not installed.
    .next = Install the package “waybill-sandbox”, or build it with “cargo build --package waybill-sandbox”.
cli-sandbox-not-started = The sandbox cannot be started.
    .next = Install it again.

# Names in tables
cli-table =
    .each-check = antivirus { $antivirus }, checksum { $checksum }, format { $format }
    .checks = The service’s checks
    .consignment = Consignment
    .destination = Destination
    .ended = Ended
    .folder = Folder
    .handed-over = Handed over
    .id = ID
    .left-out = Left out
    .person = Person
    .problems = Problems
    .receipt = Receipt
    .reference = Reference
    .sent = Sent
    .sent-of = { $files } ({ $done } of { $all })
    .series = Series
    .service = Service
    .set-aside = Could not be sent
    .started = Started
    .state = State
cli-item =
    .found = found
    .ready = to send
    .sent = sent
    .set-aside = could not be sent
    .left-out = left out

## The frame of the window

frame-name = Waybill
frame-title = { $heading } – Waybill
frame-skip = Skip to main content
frame-navigation = Main
frame-signed-out = Not signed in
frame-sign-in = Sign in
frame-sign-out = Sign out
frame-back = Back
frame-views =
    .consignments = Consignments
    .transfers = All transfers
    .settings = Settings
    .help = Help
    .about = About
frame-starting = Starting Waybill
frame-starting-text = Waybill is looking for unfinished transfers.
frame-starting-keychain = Waybill may be waiting for this computer’s keychain, which can ask for its password in a separate window.
frame-loading = Loading…
frame-not-read = Could not be read
frame-try-again = Try again
frame-trying = Trying again…
frame-close = Close this message
frame-problem = There is a problem
frame-note = Important
frame-running-now = Unfinished transfers
frame-running-more = { $count ->
    [one] Show 1 more transfer
   *[other] Show { $count } more transfers
}
frame-resume = Resume
# The name of a button for screen readers: what the button says, and what it is about
frame-labelled = { $label }: { $subject }
# Read out when a transfer’s state changes
frame-announce = { $folder }: { $state }.
frame-over = Drop the folder to check what will be sent
frame-over-signed-out = Drop the folder, then sign in to send it
frame-read-only = Waybill cannot send now
frame-clock-slow = { $minutes ->
    [one] This computer’s clock is 1 minute slow. Waybill uses the service’s time.
   *[other] This computer’s clock is { $minutes } minutes slow. Waybill uses the service’s time.
}
frame-clock-fast = { $minutes ->
    [one] This computer’s clock is 1 minute fast. Waybill uses the service’s time.
   *[other] This computer’s clock is { $minutes } minutes fast. Waybill uses the service’s time.
}
frame-no-browser = Your browser could not be opened.
frame-no-browser-address = Your browser could not be opened. Open it yourself and go to { $website }.
frame-hand-over-not-opened = Your browser could not be opened. Select “Open the TDR website” in the transfer to try again.
frame-hand-over-not-opened-address = Your browser could not be opened. Open it yourself and go to { $website }, or select “Open the TDR website” in the transfer to try again.
frame-receipt-written = The receipt for { $folder } is ready.
frame-receipt-written-unnamed = A receipt is ready.
frame-not-resumed = { $folder } could not be resumed.
frame-not-resumed-unnamed = A transfer could not be resumed.
# A sentence, then the file it is about
frame-about-file = { $sentence } { $file }
frame-closed =
    .to-tray = Waybill keeps sending when you close its window. You can find it in the tray. To stop it, select “Quit Waybill”.
    .minimised = This desktop has no tray, so Waybill was minimised. It keeps sending. To stop it, select “Quit Waybill”.
frame-closed-without-sending =
    .to-tray = Waybill keeps running when you close its window. You can find it in the tray. To end it, select “Quit Waybill”.
    .minimised = This desktop has no tray, so Waybill was minimised. It keeps running. To end it, select “Quit Waybill”.
frame-show-transfer = Show the transfer
frame-waiting-for-sign-in = The sign-in address does not respond. You are still signed in, and do not need to do anything.

## Questions before something stops. The window asks them, or a system dialog.

question-being-sent = { $count ->
    [one] One transfer is being sent.
   *[other] { $count } transfers are being sent.
}
question-quit = Quit while files are being sent?
    .meaning = If you quit, sending stops. Nothing that has been sent is lost. Sending resumes when you start Waybill again.
    .instead = If you only close the window, sending continues.
    .yes = Quit Waybill
    .no = Go back
question-sign-out = Sign out while files are being sent?
    .meaning = If you sign out, sending stops. Nothing that has been sent is lost. Sending resumes when you sign in again.
    .yes = Sign out
    .no = Go back

## The pages of a long table

pager-previous = Previous page
pager-next = Next page
pager-location = Page { NUMBER($page) } of { NUMBER($pages) }

## Folders that were dropped on the window

drops-heading = You cannot send that
drops-not-added = That folder was not added
drops-several = { $count ->
    [one] You dropped 1 item. A transfer can only have one folder. Drop that folder.
   *[other] You dropped { $count } items. A transfer can only have one folder. Put everything into one folder, then drop that folder.
}
drops-file = That is a file. Put it into a folder, then drop the folder.
drops-running = { $folder } was not added to this transfer. A consignment can only have one folder. To send this one as well, choose another consignment for it.
drops-meanwhile = { $folder } was not added, because Waybill was opening { $opening }. To send { $folder } as well, drop it again.
drops-choose-consignment = Choose a consignment for it
drops-kept = When you have signed in, choose a consignment for { $folder }.

## Signing in

signIn-heading = Sign in to { $service }
signIn-heading-unknown = Sign in
signIn-text = Waybill sends your records to this service ({ $website }).
signIn-button = Sign in
signIn-what-happens = What happens next
signIn-steps =
    .browser = Your browser opens the service’s sign-in page.
    .sign-in = You sign in there, as you do for the website. Waybill never sees your password.
    .back = You come back to Waybill and choose a consignment.
signIn-no-service = You can sign in when the service is set up.
signIn-ended = You have been signed out
    .next = Sign in again to continue.
signIn-unreachable = The sign-in address does not respond
    .next = Check your network connection, then sign in.
signIn-unfinished = Unfinished transfers resume when you have signed in.
signIn-out =
    .heading = Finish signing in
    .text = The sign-in page is open in your browser. When you have signed in, you come back to Waybill.
    .waiting = Preparing the sign-in page…
    .not-opened = Your browser could not be opened
    .not-opened-text = Copy the address and open it in your browser.
    .not-there = If you cannot find the page
    .again = Open it again
    .copy = Copy the address
    .copied = The address has been copied.
    .cancel = Cancel sign-in

## The list of consignments

consignments-heading = Consignments
consignments-choose = Choose a consignment for { $folder }
consignments-lead = Choose the consignment that you want to send a folder to.
consignments-lead-with-folder = Waybill checks the folder first. Nothing is sent until you choose to send it.
consignments-other-folder = Do not send this folder
consignments-search = Search by reference or series
consignments-refresh = Refresh
consignments-loading = Loading your consignments…
consignments-refreshing = Refreshing…
consignments-none = You have no consignments yet
consignments-none-text = You start a consignment on the TDR website. When its transfer agreement is complete, come back here and refresh the list.
consignments-open-website = Open the TDR website
consignments-nothing-found = No consignment has “{ $search }” in its reference or series.
consignments-clear = Clear the search
consignments-all = { $all ->
    [one] 1 consignment
   *[other] { $all } consignments
}
consignments-found = { $all ->
    [one] { NUMBER($found) } of 1 consignment
   *[other] { NUMBER($found) } of { $all } consignments
}
consignments-range = { $all ->
    [one] { NUMBER($first) } to { NUMBER($last) } of 1 consignment
   *[other] { NUMBER($first) } to { NUMBER($last) } of { $all } consignments
}
consignments-range-found = { $all ->
    [one] { NUMBER($first) } to { NUMBER($last) } of { NUMBER($found) } found in 1 consignment
   *[other] { NUMBER($first) } to { NUMBER($last) } of { NUMBER($found) } found in { $all } consignments
}
# The number of consignments, and when the service was last asked for them
consignments-as-of = { $count }. Last refreshed: { $time }
consignments-pages = Pages of the list of consignments
consignments-columns =
    .reference = Reference
    .state = State
    .created = Created
    .action = What you can do
consignments-use = Choose folder
consignments-use-offered = Choose this consignment
consignments-opening = Opening the folder…
# A state, and how much is done
consignments-progress = { $state }: { $percent }
consignments-here = On this computer
consignments-problem = Your consignments cannot be shown
consignments-not-refreshed = The list cannot be refreshed

## Choosing a folder

folder-heading = Choose a folder to send
folder-drop = Drop a folder here, or
folder-browse = Choose a folder
folder-text = Waybill looks through the folder and shows you what will and will not be sent. Nothing is sent until you choose to send it.
folder-limits = { $files ->
    [one] The service accepts up to 1 file and { $size } in one transfer. One file can be up to { $fileSize }.
   *[other] The service accepts up to { $files } files and { $size } in one transfer. One file can be up to { $fileSize }.
}
folder-rules =
    .one = Choose one folder. Everything in it is sent, including its subfolders.
    .unchanged = Nothing in the folder is changed, renamed or deleted.
    .wait = Do not change the files until the transfer has finished.
folder-opening = Opening { $name }…
folder-not-opened = “{ $name }” could not be opened
folder-another-consignment = Choose another consignment

## Sending to a service that has no consignments, in place of the words about them

# The entry of the navigation
toService-view = Send a folder
toService-heading = Send a folder to { $service }
# A folder was dropped before this view was there
toService-offered = Send { $folder } to { $service }
toService-use = Check this folder
toService-steps =
    .sign-in = You sign in there. Waybill never sees your password.
    .back = Waybill comes back to the front, and you choose a folder.
toService-drops-running = { $folder } was not added to this transfer. One transfer takes one folder. To send this one as well, start another transfer.
toService-start-another = Start another transfer
toService-drops-kept = When you have signed in, you can send { $folder }.
toService-cancel =
    .nothing-sent = Nothing has been sent.
    .started = Sending stops. The service keeps what has been sent.
    .tell = Stop, and write a receipt
    .tell-hint = The receipt says what was sent and what was not.
    .silent = Stop without a receipt
    .silent-hint = Waybill only records that you cancelled the transfer.
toService-give-up =
    .told = The service keeps what has been sent.
    .ended = To send the other files, you need to send the folder again.
toService-not-complete = The transfer was given up. To send these records, send the folder again.
# The column of a table, with the names of services
toService-column = Sent to
toService-about = Waybill sends a folder of digital records to { $service }, and gives you a receipt.

## Checking a folder

check-walking = Looking through { $folder }
check-later = Waybill will look through this folder again when the other transfer has finished.
check-walking-text = Waybill is listing the files. Nothing has been sent.
check-nothing-sent = Nothing has been sent.
check-so-far =
    .files = Files so far
    .bytes = Size so far
    .folders = Folders so far
check-heading = Check what will be sent
check-leaves-out = Some files cannot be sent
check-leaves-out-text = Waybill has read every file, and some cannot be sent. Nothing has been sent. Look at the files below, then agree to leave them out or choose another folder.
check-changed = The folder has changed since it was checked
check-changed-text = Files or folders were added, removed or renamed. Nothing has been sent. Waybill has checked the folder again. Look at what will be sent, then send it.
check-nothing-left = None of the files can be sent
check-nothing-left-text = Waybill tried to read every file. Nothing has been sent. Look at what is wrong with the files below, or choose another folder.
check-facts =
    .files = Files to send
    .found = Files
    .bytes = Size
    .left-out = Left out
check-all-well = Every file in the folder can be sent.
check-blocked = This folder cannot be sent
check-groups = What to know before you send
check-groups-loading = Loading the list…
check-effect =
    .blocks = Blocks sending
    .leaves_out = Will not be sent
    .leaves_out_unasked = Always left out
    .warns = Will be sent
# In the receipt
check-effect-after =
    .blocks = Blocked sending
    .leaves_out = Not sent
    .leaves_out_unasked = Always left out
    .warns = Sent
check-count-files = { $count ->
    [one] 1 file
   *[other] { $count } files
}
check-count-files-size = { $count ->
    [one] 1 file, { $size }
   *[other] { $count } files, { $size }
}
check-count-any = { $count ->
    [one] 1 file or folder
   *[other] { $count } files or folders
}
check-count-any-size = { $count ->
    [one] 1 file or folder, { $size }
   *[other] { $count } files or folders, { $size }
}
check-columns =
    .path = Path
    .size = Size
    .detail = Detail
check-list = { $group }: list
check-list-problem = This list cannot be read.
check-save = Save this list (CSV)
check-save-all = Save the whole list (CSV)
check-saved = Saved as { $path }
check-raw-name = The name in hexadecimal: { $bytes }
check-agree = { $count ->
    [one] I agree to leave out the file or folder marked “Will not be sent”
   *[other] I agree to leave out the { $count } files and folders marked “Will not be sent”
}
check-agree-missing = Select that you agree, or choose another folder
check-agree-why = Files that are left out are not sent. The receipt lists them.
check-send = { $files ->
    [one] Send 1 file
   *[other] Send { $files } files
}
check-sent-after = Waybill sends one folder at a time. This one will be sent when “{ $folder }” has finished.
check-another = Choose another folder

## Sending

sending-heading = Sending { $folder }
sending-paused-text = Nothing is sent until you select “Resume”.
sending-paused-text-sent = Waybill does not ask the service about it until you select “Resume”.
sending-queued-text = Waybill sends one folder at a time. This one starts automatically when its turn comes.
sending-show-ahead = Show “{ $folder }”
sending-since = Since { $time }.
sending-next-try = Next attempt at { $time }.
sending-bars =
    .checking = Checking
    .sending = Sending
sending-checking-facts = { $total ->
    [one] { NUMBER($done) } of 1 file read, { $size }
   *[other] { NUMBER($done) } of { $total } files read, { $size }
}
sending-checking-done = { $total ->
    [one] 1 file checked
   *[other] { $total } files checked
}
sending-sending-facts = { $total ->
    [one] { NUMBER($done) } of 1 file sent, { $size }
   *[other] { NUMBER($done) } of { $total } files sent, { $size }
}
sending-not-started = Not started
sending-facts =
    .speed = Speed
    .left = Time left
sending-left =
    .unknown = Working it out
    .none = –
    .less = Less than a minute
    .minutes = { $minutes ->
        [one] About 1 minute
       *[other] About { $minutes } minutes
    }
    .hours = { $hours ->
        [one] About 1 hour
       *[other] About { $hours } hours
    }
    .hours-and-minutes = About { $hours ->
        [one] 1 hour
       *[other] { $hours } hours
    } { $minutes ->
        [one] 1 minute
       *[other] { $minutes } minutes
    }
    .days = { $days ->
        [one] About 1 day
       *[other] About { $days } days
    }
# Before the name of a file
sending-now =
    .reading = Reading
    .sending-file = Sending
sending-pause = Pause
sending-resume = Resume
sending-sign-in = Sign in
sending-cancel = Cancel the transfer
sending-limit =
    .summary = Limit the speed
    .summary-set = Limit the speed (limited to { $speed })
    .label = Speed limit
    .save = Set the limit
    .saved = The speed limit has been set.
sending-settling = { $count ->
    [one] 1 file could not be sent
   *[other] { $count } files could not be sent
}
sending-settling-text = Everything else has been sent. Fix what you can and try again, or give up the transfer.
sending-settling-paused = Everything else has been sent. Select “Resume” to try these again or give up the transfer.
sending-settling-elsewhere = Everything else has been sent.
sending-set-aside-meanwhile = The other files are still being sent. You can try these again at the end.
sending-try-again = Try again
sending-try-now = Try now
sending-folder-moved-text = If the folder is somewhere else now, choose it there. Waybill checks that it has the same files before it resumes.
sending-folder-moved = Choose where the folder is now
sending-give-up = Give up the transfer
sending-show-these = Show these files
sending-resting-text = Waybill is not working on this transfer now.
sending-elsewhere-text = Waybill may also be running this transfer somewhere else on this computer. This window shows what has been recorded so far.
sending-other-service = This transfer belongs to a different service. To resume it, quit Waybill, then start it with that service.
sending-was-held = Last recorded status: “{ $what }”
sending-problem = The transfer cannot be shown
sending-loading-heading = Transfer
sending-loading = Loading the transfer…

## Someone other than the person who started the transfer is signed in

otherPerson-started-by = { $name } started this transfer.
otherPerson-started-by-with-email = { $name } ({ $email }) started this transfer.
otherPerson-you-are = You are signed in as { $name }.
otherPerson-next = It resumes when the person who started it signs in. Waybill signs you out first, and your own transfers wait until you sign in again.
otherPerson-button = Sign out and sign in again

## The list of files of a transfer

files-heading = Files
files-filter = Show
files-columns =
    .path = Path
    .size = Size
    .state = State
files-filters =
    .all = All files
    .waiting = Not sent yet
    .started = Being sent
    .sent = Sent
    .set_aside = Could not be sent
    .left_out = Left out
# In place of “Being sent”, while nothing is being sent
files-started-only = Partly sent
files-none = There are no files to show here.
files-problem = The list of files cannot be read.
files-option = { $name } ({ NUMBER($count) })
files-chosen = Selected file
files-lost = The file is no longer in this list. These are its last known details.
files-choose-one = Select a file in the list to see its details. Use the arrow keys to move in the list.
files-facts =
    .path = Path
    .size = Size
    .state = State
    .modified = Last modified
    .sha256 = SHA-256
    .sent = Time sent
    .why = Why
    .next = What you can do
files-not-yet-known = Not known yet

## Before a step that cannot be undone

confirm-cancel =
    .heading = Cancel this transfer?
    .nothing-sent = Nothing has been sent. The consignment stays as it is, and you can send another folder to it.
    .started = Sending stops, and you cannot send to this consignment again. You need a new one.
    .question = How do you want to end it?
    .tell = Stop, and tell the service that the upload is not complete
    .tell-hint = The TDR website opens in your browser to record this. You get a receipt of what was sent and what was not.
    .silent = Stop on this computer only
    .silent-hint = The service does not know that you have stopped. It keeps what has been sent, and the consignment stays unfinished. There is no receipt.
    .missing = Select how you want to end the transfer
    .instead = If you only need to stop for now, go back and select “Pause”.
    .yes = Cancel the transfer
    .no = Go back
confirm-give-up =
    .heading = Give up this transfer?
    .told = The service records that the upload is not complete.
    .ended = You cannot send to this consignment again. You need a new one.
    .receipt = You get a receipt that says what was sent and what was not.
    .yes = Give up the transfer
    .no = Go back

## After everything is sent

handOver-heading = Start the service’s checks
handOver-sent = { $files ->
    [one] 1 file ({ $size }) has been sent.
   *[other] { $files } files ({ $size }) have been sent.
}
handOver-text = There is one more step: the TDR website needs to start its own checks of your files. It opens in your browser.
handOver-steps =
    .open = Select “Open the TDR website”.
    .sign-in = Sign in there if it asks you to.
    .wait = Wait until the page says that the checks have started. Waybill then continues.
handOver-open = Open the TDR website
handOver-given-up-heading = Tell the service that you gave up
handOver-given-up-text = The TDR website needs to record that the upload is not complete. It opens in your browser.
handOver-given-up-steps =
    .open = Select “Open the TDR website”.
    .sign-in = Sign in there if it asks you to.
    .wait = Wait until the page says that the upload failed. Waybill then writes the receipt.
handOver-keep-open-given-up = Keep Waybill open until then.
handOver-keep-open = Keep Waybill open until the checks have started.
handOver-checking-heading = The service is checking your files
handOver-checked-heading = The service has checked your files
handOver-checking-text = The service runs the checks, so you can close Waybill now. When you start Waybill again, it shows their progress.
handOver-bars =
    .antivirus = Antivirus check
    .checksum = Checksum check
    .format = File format check
handOver-facts = { $total ->
    [one] { NUMBER($done) } of 1 file
   *[other] { NUMBER($done) } of { $total } files
}
handOver-not-started = The service has not reported any progress yet.
handOver-website = View it on the TDR website
handOver-results = See the results on the TDR website
handOver-went-wrong = The service’s checks found problems
handOver-went-wrong-text = The TDR website explains what to do about them.
handOver-could-not-run-text = Look at the consignment on the TDR website. If it does not tell you what to do, contact The National Archives.

## What the service’s checks found

checkFailures-heading = Files that the service found problems with
checkFailures-loading = Asking the service for the list of files…
checkFailures-none = The service did not list any files.
checkFailures-problem = The list of files cannot be read.
checkFailures-sign-in = Sign in to see it.
checkFailures-list-problem = The list cannot be read.
checkFailures-files = { $count ->
    [one] The service found problems in 1 file.
   *[other] The service found problems in { $count } files.
}
checkFailures-group = { $count ->
    [one] { $result }: 1 file
   *[other] { $result }: { $count } files
}
checkFailures-columns =
    .path = Path
    .check = Check
    .result = Result
# The name of a check or result, and what the service calls it
checkFailures-with-name = { $words } ({ $name })
# A check, and its result
checkFailures-named = { $check }: { $result }
checkFailures-first = { $rows ->
    [one] This list shows the first line. The TDR website has the rest.
   *[other] This list shows the first { $rows } lines. The TDR website has the rest.
}

## The receipt

receipt-heading = Receipt
receipt-outcome =
    .uploaded = Uploaded
    .handed_over = Uploaded, checks not finished
    .not_complete = Not complete
receipt-every-file = Every file was uploaded.
receipt-all-but-left-out = { $notSent ->
    [one] 1 file or folder was not sent. Every other file was uploaded.
   *[other] { $notSent } files and folders were not sent. Every other file was uploaded.
}
receipt-checks-finished = The service has finished its checks. The National Archives decides whether the records are accepted.
receipt-checks-not-finished = The service has not finished its checks.
receipt-not-complete = The transfer was given up. The service has recorded that it is not complete. To send these records, start a new consignment on the TDR website.
receipt-left-out = Files and folders that were left out
receipt-left-out-text = These were left out before anything was sent.
receipt-left-out-loading = Loading the list…
receipt-left-out-problem = The list of files and folders that were left out cannot be read.
receipt-checks =
    .good = No problems found
    .bad = Problems found. See the results on the TDR website.
    .could_not_run = The service could not run its checks. Look at the consignment on the TDR website.
    .open = Not finished when Waybill last asked
    .none = Not started
receipt-facts =
    .consignment = Consignment
    .series = Series
    .service = Service
    .website = Website
    .folder = Folder
    .files = Files uploaded
    .bytes = Size
    .not-sent = Files and folders not sent
    .checks = The service’s checks
    .person = Sent by
    .body = Transferring body
    .started = Started
    .handed-over = Handed over
    .finished = Finished
    .program = Sent with
    .location = Saved in
receipt-save = Save the receipt
receipt-forms =
    .html = Page to read and print (HTML)
    .csv = Spreadsheet (CSV)
    .json = For other programs (JSON)
    .bagit = Checksum manifest (BagIt)
receipt-print = Print
receipt-show = Show in folder
receipt-website = Continue on the TDR website
receipt-saved = Saved as { $path }
receipt-problem = The receipt cannot be shown
receipt-loading = Loading the receipt…
receipt-details = Details
receipt-given-up = This transfer was given up
receipt-cancelled = This transfer was cancelled
receipt-cancelled-text = You cancelled it on this computer. There is no receipt.
receipt-to-consignments = Choose a consignment

## The receipt as a file to read and print. The headings of the spreadsheet are names for other programs and stay as they are.

receiptFile-title = Receipt for { $destination }
receiptFile-outcome =
    .uploaded = Uploaded.
    .handed_over = Uploaded. The service has not finished its checks.
    .not_complete = Not complete. The transfer was given up.
receiptFile-checks =
    .good = The service’s checks found no problems.
    .bad = The service’s checks found problems. Look at the consignment on the TDR website.
    .could_not_run = The service could not run its checks.
    .open = The service has not finished its checks.
# Cells of the spreadsheets. `.blocks`, `.not-sent` and `.sent` say what a finding of the check does to a file.
receiptFile-cells =
    .uploaded = uploaded
    .not-sent = not sent
    .sent = sent
    .blocks = blocks the transfer
    .yes = yes
    .no = no
receiptFile-given-up-before = The transfer was given up before this file was sent.
receiptFile-problems = Files that the service found problems with
receiptFile-sent = Files uploaded
receiptFile-not-sent = Files and folders not sent
receiptFile-columns =
    .path = Path
    .check = Check
    .result = Result
    .size = Size in bytes
    .sha256 = SHA-256
    .modified = Last modified (UTC)
    .acknowledged = Upload confirmed (UTC)
    .why = Why
    .detail = Detail
receiptFile-facts =
    .consignment = Consignment
    .consignment-id = Consignment ID
    .series = Series
    .folder = Folder
    .moved = Folder found elsewhere
    .person = Sent by
    .email = Email address
    .body = Transferring body
    .started = Started
    .handed-over = Handed over
    .finished = Finished
    .files = Files uploaded
    .bytes = Bytes uploaded
    .not-sent = Files and folders not sent
    .checks = The service’s checks
    .problems = Files with problems
    .service = Service
    .website = Website
    .program = Sent with

## All transfers

transfers-heading = All transfers
transfers-lead = Every transfer on this computer, newest first.
transfers-loading = Loading the transfers…
transfers-none = There are no transfers on this computer yet.
transfers-begin = Choose a consignment
transfers-columns =
    .folder = Folder
    .consignment = Consignment
    .state = State
    .files = Files sent
    .bytes = Size sent
    .started = Started
transfers-pages = Pages of the list of transfers
transfers-all = { $all ->
    [one] 1 transfer
   *[other] { $all } transfers
}
transfers-range = { $all ->
    [one] { NUMBER($first) } to { NUMBER($last) } of 1 transfer
   *[other] { NUMBER($first) } to { NUMBER($last) } of { $all } transfers
}
transfers-problem = The transfers cannot be shown

## Settings

settings-heading = Settings
settings-loading = Loading the settings…
settings-sending = What Waybill does on this computer
settings-keep-awake = Keep this computer awake while files are being sent
    .hint = Only while it is plugged in.
settings-notifications = Show notifications
    .hint = When you need to sign in, when a transfer waits for more than a few minutes, and when it is finished.
settings-start = Start Waybill with this computer
    .hint = Unfinished transfers resume automatically.
settings-limit = Speed limit
    .hint = Use this if sending slows down other people on your network.
settings-no-limit = No limit
settings-save = Save settings
settings-saved = Your settings have been saved.
settings-problem = The settings cannot be shown

## Help

help-heading = Help
help-bundle =
    .heading = Save a support bundle
    .text = A support bundle helps your IT team or the service’s support team find out what is wrong. It contains the log, the versions and the result of the test. It does not contain passwords or the contents of your files.
    .names = Include the names of people, folders and files
    .names-hint = Only if you are asked for them. Names can be sensitive.
    .save = Save a support bundle
    .saving = Saving the support bundle. This can take a minute.
    .saved = Saved as { $path }
help-states =
    .heading = What the states mean
    .phases = What a transfer is doing
    .waiting = What a transfer is waiting for
    .waiting-text = A transfer that is waiting has not failed. Nothing is lost.
    .holds = Why a transfer is not running
    .consignments = What a consignment is ready for
# An example of a name that has a folder in it
help-queued-example = Waybill sends one folder at a time. This one starts automatically when its turn comes. If the other folder is known, its name is shown: Waiting for “Board papers” to finish.
help-more = More help
help-website = Open the TDR website

## The self-test

selfTest-heading = Test the connection
selfTest-text = Waybill tests everything it needs, and reports any problems. It does not send any files.
selfTest-run = Run the test
selfTest-again = Run the test again
selfTest-running = Testing. This can take a minute.
selfTest-columns =
    .topic = What was tested
    .result = Result
    .detail = Detail
selfTest-topics =
    .data_folder = Data folder
    .disk = Disk space
    .proxy = Your organisation’s proxy
    .certificates = The addresses’ certificates
    .sign_in = Sign-in address
    .api = Service address
    .upload = Upload address
    .website = Website
    .clock = This computer’s clock
    .session_store = Keychain
selfTest-outcomes =
    .works = Works
    .warns = Works for now
    .fails = Does not work
    .not_tested = Not tested
selfTest-fails = { $topic }: does not work
selfTest-works = Everything works
selfTest-no-failure = No test failed.
selfTest-read-warning = Read the warning below.
selfTest-not-tested = { $count ->
    [one] 1 test could not be run.
   *[other] { $count } tests could not be run.
}
# The addresses as a list, such as “a.example and b.example”
selfTest-allow-addresses = Ask your IT team to let this computer reach { $addresses }. It may need a proxy or a VPN.
selfTest-allow-service = Ask your IT team to let this computer reach the service’s addresses. It may need a proxy or a VPN.
selfTest-folder = Waybill can write to { $path }
selfTest-room = { $free } free.
selfTest-room-short = { $free } free. For a large folder Waybill needs { $wanted } on this disk.
selfTest-certificates = { $all ->
    [one] This computer trusts the certificate of the only address.
   *[other] This computer trusts the certificates of all { $all } addresses.
}
selfTest-certificates-some = { $all ->
    [one] This computer trusts the certificate of { NUMBER($trusted) } of 1 address. The address was not reached.
   *[other] This computer trusts the certificates of { NUMBER($trusted) } of the { $all } addresses. The others were not reached.
}
selfTest-proxy = { $all ->
    [one] { $address } lets this computer reach { NUMBER($reached) } of 1 address.
   *[other] { $address } lets this computer reach { NUMBER($reached) } of { $all } addresses.
}
selfTest-address = { $address } ({ $answer }, after { NUMBER($milliseconds) } ms)
selfTest-clock-right = It agrees with the service’s time.
selfTest-clock-slow-seconds = { $seconds ->
    [one] It is 1 second slow.
   *[other] It is { $seconds } seconds slow.
}
selfTest-clock-slow-minutes = { $minutes ->
    [one] It is 1 minute slow.
   *[other] It is { $minutes } minutes slow.
}
selfTest-clock-fast-seconds = { $seconds ->
    [one] It is 1 second fast.
   *[other] It is { $seconds } seconds fast.
}
selfTest-clock-fast-minutes = { $minutes ->
    [one] It is 1 minute fast.
   *[other] It is { $minutes } minutes fast.
}
selfTest-kept =
    .keychain = Your sign-in is kept in this computer’s keychain.
    .memory = You stay signed in until Waybill stops.
    .file = Your sign-in is kept in a file. Other programs that you run can read it.
selfTest-nobody = Nobody is signed in.
selfTest-person = You are signed in as { $person }.
selfTest-no-request = No request could be made.
selfTest-no-proxy = No proxy is set.
selfTest-no-certificate = No address with a certificate was reached.
selfTest-no-answer = No address answered with its time.

## About

about-heading = About Waybill
about-text = Waybill sends a folder of digital records to The National Archives’ Transfer Digital Records service (TDR), and gives you a receipt.
about-facts =
    .version = Version
    .service = Service
    .website = Website
    .platform = Computer
    .data = Data folder
    .logs = Log folder
about-no-service = Not set up
about-licence = Waybill is open source, under the MIT licence. It is not a product of The National Archives.
