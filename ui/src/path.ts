/** Returns a path without the name of the sent folder, with which every path starts and which is in the heading. */
export function within(folder: string, path: string): string {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
}
