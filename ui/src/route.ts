/** The current view. Routes have no addresses, because the window has no address bar. */
export type Route =
  | { view: "consignments" }
  | { view: "folder"; consignment: string }
  | { view: "transfer"; id: string; asking?: "cancel" | "give_up" }
  | { view: "transfers" }
  | { view: "settings" }
  | { view: "help" }
  | { view: "about" };

/** The key under which the session storage keeps the route, for a page that has to be loaded again. */
const STORAGE_KEY = "place";

/** Stores the route, without any open question. */
export function remember(route: Route, storage: Storage = window.sessionStorage): void {
  storage.setItem(STORAGE_KEY, JSON.stringify(route.view === "transfer" ? { view: route.view, id: route.id } : route));
}

/** Returns the stored route; `null` in a new window. */
export function remembered(storage: Storage = window.sessionStorage): Route | null {
  const text = storage.getItem(STORAGE_KEY);
  return text === null ? null : routeOf(text);
}

function routeOf(text: string): Route | null {
  let place: unknown;
  try {
    place = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof place !== "object" || place === null) return null;
  const { view, id, consignment } = place as Record<string, unknown>;
  if (view === "transfer") return typeof id === "string" ? { view, id } : null;
  if (view === "folder") return typeof consignment === "string" ? { view, consignment } : null;
  const known = NAVIGATION.find((one) => one === view);
  return known ? { view: known } : null;
}

/** The views in the navigation, in order. */
export const NAVIGATION = ["consignments", "transfers", "settings", "help", "about"] as const;

/** Returns whether a view needs a signed-in person. Without one, the sign-in page is shown instead. */
export function needsSession(route: Route): boolean {
  return route.view === "consignments" || route.view === "folder";
}

/** Returns the entry in the navigation to which a view belongs. */
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
