// @ts-check
/** Serves the gallery's build on loopback under the window's own content security policy. */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../dist-gallery", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../tauri.conf.json", import.meta.url));
const KINDS = /** @type {Record<string, string>} */ ({
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
});

/** The policy as `tauri.conf.json` has it; nothing is asked of Tauri here, and the page's own host may be. */
async function policy() {
  /** @type {{ app: { security: { csp: Record<string, string> } } }} */
  const config = JSON.parse(await readFile(CONFIG, "utf8"));
  return Object.entries(config.app.security.csp)
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join("; ");
}

/** @returns {Promise<{ address: string, close: () => Promise<void> }>} */
export async function serve() {
  const csp = await policy();
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    const file = join(ROOT, path === sep ? "index.html" : path);
    // Browsers ask for it unbidden; the window has none.
    if (path === "/favicon.ico") {
      response.writeHead(204).end();
      return;
    }
    if (!file.startsWith(ROOT + sep)) {
      response.writeHead(403).end();
      return;
    }
    readFile(file).then(
      (body) => {
        response.writeHead(200, { "Content-Type": KINDS[extname(file)] ?? "application/octet-stream", "Content-Security-Policy": csp });
        response.end(body);
      },
      () => {
        response.writeHead(404).end();
      },
    );
  });
  await new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve(undefined);
    });
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    address: `http://127.0.0.1:${String(address.port)}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}
