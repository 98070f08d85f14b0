/** Which view is shown. There are no addresses: the window has no address bar. */
export type Route =
  | { view: "consignments" }
  | { view: "folder"; consignment: string }
  | { view: "transfer"; id: string; asking?: "cancel" | "give_up" }
  | { view: "transfers" }
  | { view: "settings" }
  | { view: "help" }
  | { view: "about" };

/** Under this name the window keeps where the person is, for a page that has to be loaded again. It is gone with the window. */
const PLACE = "place";

/** Remembers where the person is. A question that was being asked is not asked again. */
export function remember(route: Route, storage: Storage = window.sessionStorage): void {
  storage.setItem(PLACE, JSON.stringify(route.view === "transfer" ? { view: route.view, id: route.id } : route));
}

/** Where the person was when the page was last there; `null` where it has only now been opened. */
export function remembered(storage: Storage = window.sessionStorage): Route | null {
  const text = storage.getItem(PLACE);
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

/** The views of the navigation, in its order. */
export const NAVIGATION = ["consignments", "transfers", "settings", "help", "about"] as const;

/** Whether a view needs a person to be signed in. Without one, the sign-in page is shown instead. */
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
