// Makes the key pairs that the tests sign with: {"folder"} -> {NAME: {"private", "public", "raw"}}.
//
// `private` and `public` are files in PEM. `raw` is the public key for a verifier, in base64: PKCS #1 for RSA, the point without
// compression for ECDSA.

import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { answer, asked } from "./input.mjs";

const made = {};
for (const [name, kind] of Object.entries({ first: "rsa", second: "rsa", curve: "ec", stranger: "rsa" })) {
  const { privateKey, publicKey } =
    kind === "rsa" ? generateKeyPairSync("rsa", { modulusLength: 2048 }) : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = { private: join(asked.folder, `${name}.pem`), public: join(asked.folder, `${name}.pub.pem`) };
  // Each form that openssl writes is there once.
  const type = kind === "ec" ? "sec1" : name === "first" ? "pkcs1" : "pkcs8";
  writeFileSync(key.private, privateKey.export({ type, format: "pem" }), { mode: 0o600 });
  writeFileSync(key.public, publicKey.export({ type: "spki", format: "pem" }));
  if (kind === "rsa") {
    key.raw = publicKey.export({ type: "pkcs1", format: "der" }).toString("base64");
  } else {
    const { x, y } = publicKey.export({ format: "jwk" });
    const point = [Buffer.from([4]), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")];
    key.raw = Buffer.concat(point).toString("base64");
  }
  made[name] = key;
}
answer(made);
