// Signs with @aws-sdk/cloudfront-signer: {"wishes": [..]} -> a list of what it made, in the same order.
//
// A wish has "what" ("cookies" or "url"), "id", "pem" (a file), and either "policy" (a text) or "until", "from" and "ip"; and
// "url". Cookies come back as an object, a signed URL as a string.

import { readFileSync } from "node:fs";

import { answer, asked, packages } from "./input.mjs";

const { getSignedCookies, getSignedUrl } = packages("@aws-sdk/cloudfront-signer");

const pems = new Map();
function pem(path) {
  if (!pems.has(path)) {
    pems.set(path, readFileSync(path, "utf8"));
  }
  return pems.get(path);
}

function moment(seconds) {
  return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString();
}

answer(
  asked.wishes.map((wish) => {
    const input = { keyPairId: wish.id, privateKey: pem(wish.pem), url: wish.url, algorithm: wish.hash };
    if (wish.policy === undefined) {
      input.dateLessThan = moment(wish.until);
      input.dateGreaterThan = moment(wish.from);
      input.ipAddress = wish.ip;
    } else {
      input.policy = wish.policy;
    }
    return wish.what === "cookies" ? getSignedCookies(input) : getSignedUrl(input);
  }),
);
