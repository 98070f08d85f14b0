import { formatSpeedLimit } from "../format";

/** Settings. */
export const settings = {
  heading: "Settings",
  loading: "Loading the settings…",
  sending: "What Waybill does on this computer",
  keepAwake: "Keep this computer awake while files are being sent",
  keepAwakeHint: "Only while it runs on mains power.",
  notifications: "Show notifications",
  notificationsHint: "When you need to sign in, when a transfer waits for more than a few minutes, and when it is done.",
  start: "Start Waybill with this computer",
  startHint: "Unfinished transfers continue by themselves.",
  limit: "Speed limit",
  limitHint: "Use this if sending slows down other people on your network.",
  noLimit: "No limit",
  limitOf: formatSpeedLimit,
  save: "Save settings",
  saved: "Your settings have been saved.",
  problem: "The settings cannot be shown",
} as const;

/** Help. */
export const help = {
  heading: "Help",
  bundle: {
    heading: "Save a support bundle",
    text: "A support bundle helps your IT team or The National Archives find out what is wrong. It has the log, the versions and the result of the test. It has no passwords and no file contents.",
    names: "Include the names of people, folders and files",
    namesHint: "Only if you are asked for them. Names can be sensitive.",
    save: "Save a support bundle",
    saving: "Saving the support bundle. This can take a minute.",
    saved: (path: string) => `Saved as ${path}`,
  },
  states: {
    heading: "What the states mean",
    phases: "What a transfer is doing",
    waiting: "What a transfer waits for",
    waitingText: "A transfer that waits has not failed. Nothing is lost.",
    holds: "Why a transfer is not being worked on",
    consignments: "What a consignment is ready for",
    ready: "You can send a folder to it.",
  },
  more: "More help",
  website: "Open the TDR website",
} as const;

/** About. */
export const about = {
  heading: "About Waybill",
  text: "Waybill sends a folder of digital records to The National Archives’ Transfer Digital Records service (TDR), and gives you a receipt.",
  facts: {
    version: "Version",
    service: "Service",
    website: "Website",
    platform: "Computer",
    data: "Data folder",
    logs: "Log folder",
  },
  noService: "Not set up",
  licence: "Waybill is open source, under the MIT licence. It is not a product of The National Archives.",
} as const;
