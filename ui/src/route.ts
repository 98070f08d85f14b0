/** Which view is shown. There are no addresses: the window has no address bar. */
export type Route =
  | { view: "consignments" }
  | { view: "folder"; consignment: string }
  | { view: "transfer"; id: string; asking?: "cancel" | "give_up" }
  | { view: "transfers" }
  | { view: "settings" }
  | { view: "help" }
  | { view: "about" };

/** The views of the navigation, in its order. */
export const NAVIGATION = ["consignments", "transfers", "settings", "help", "about"] as const;

/** Whether a view is only for somebody who is signed in; others see the page for signing in instead. */
export function needsSession(route: Route): boolean {
  return route.view === "consignments" || route.view === "folder";
}

/** The entry of the navigation that a view belongs to. */
export function sectionOf(route: Route): (typeof NAVIGATION)[number] {
  switch (route.view) {
    case "folder":
      return "consignments";
    case "transfer":
      return "transfers";
    default:
      return route.view;
  }
}
