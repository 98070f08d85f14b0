/** A path as it reads within the folder that is sent: every path begins with that folder's own name, which the heading says. */
export function within(folder: string, path: string): string {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
}
