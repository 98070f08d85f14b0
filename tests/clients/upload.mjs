// Uploads as TDR's website does: one `Upload` of lib-storage per file, one after the other, with a request handler that adds
// what a browser would, the cookies. {"endpoint", "cookie", "origin", "files": [{"path", "key"}], ..} -> what became of each.
//
// "unconditional" leaves If-None-Match away, "type" asks for a checksum type, "how" is "upload" (the default), "abort" (begins an
// upload and aborts it) or "whole" (the calls of a multipart upload one by one, with the checksum of the whole on completion, which
// is wrong with "wrong").

import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";

import { answer, asked, packages } from "./input.mjs";

const s3 = packages("@aws-sdk/client-s3");
const { Upload } = packages("@aws-sdk/lib-storage");
const { NodeHttpHandler } = packages("@smithy/node-http-handler");

const PART = 5 * 1024 * 1024;

class WithCookies extends NodeHttpHandler {
  async handle(request, options) {
    if (asked.cookie) {
      request.headers.cookie = asked.cookie;
    }
    if (asked.origin) {
      request.headers.origin = asked.origin;
    }
    return super.handle(request, options);
  }
}

// The website signs with placeholders, and the edge ignores it.
const client = new s3.S3Client({
  region: "eu-west-2",
  credentials: { accessKeyId: "placeholder-id", secretAccessKey: "placeholder-secret" },
  bucketEndpoint: true,
  requestHandler: new WithCookies({ requestTimeout: 20 * 60 * 1000 }),
});

function named(key) {
  return { Bucket: asked.endpoint, Key: key };
}

function conditional() {
  return asked.unconditional ? {} : { IfNoneMatch: "*" };
}

async function upload({ path, key }) {
  const params = {
    ...named(key),
    ...conditional(),
    ACL: "bucket-owner-full-control",
    Body: readFileSync(path),
    ChecksumType: asked.type,
    ChecksumAlgorithm: asked.type ? "CRC32" : undefined,
  };
  return new Upload({ client, params }).done();
}

async function abort({ key }) {
  const { UploadId } = await client.send(new s3.CreateMultipartUploadCommand(named(key)));
  return client.send(new s3.AbortMultipartUploadCommand({ ...named(key), UploadId }));
}

function base64OfCrc32(bytes) {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(bytes));
  return value.toString("base64");
}

async function whole({ path, key }) {
  const bytes = readFileSync(path);
  const begin = { ...named(key), ChecksumAlgorithm: "CRC32", ChecksumType: "FULL_OBJECT" };
  const { UploadId } = await client.send(new s3.CreateMultipartUploadCommand(begin));
  const Parts = [];
  for (let at = 0; at < bytes.length; at += PART) {
    const PartNumber = Parts.length + 1;
    const Body = bytes.subarray(at, at + PART);
    const sent = await client.send(new s3.UploadPartCommand({ ...named(key), UploadId, PartNumber, Body }));
    Parts.push({ PartNumber, ETag: sent.ETag, ChecksumCRC32: sent.ChecksumCRC32 });
  }
  const complete = {
    ...named(key),
    ...conditional(),
    UploadId,
    MultipartUpload: { Parts },
    ChecksumType: "FULL_OBJECT",
    ChecksumCRC32: base64OfCrc32(asked.wrong ? bytes.subarray(1) : bytes),
  };
  return client.send(new s3.CompleteMultipartUploadCommand(complete));
}

const ways = { upload, abort, whole };
const became = [];
for (const file of asked.files) {
  try {
    const done = await ways[asked.how ?? "upload"](file);
    became.push({ done: true, etag: done.ETag, crc32: done.ChecksumCRC32, type: done.ChecksumType });
  } catch (error) {
    const { name, message, $metadata } = error;
    became.push({ done: false, name, message, status: $metadata?.httpStatusCode, request_id: $metadata?.requestId });
  }
}
answer(became);
