"""Signs with botocore's CloudFrontSigner: {"wishes": [..]} on standard input -> a list of signed URLs on standard output.

A wish has "id", "pem" (a file with an RSA key), "url" and "until"; with "resource" the policy is a custom one for that resource,
with "from" and "ip" where they are given, and without it a canned one.
"""

import datetime
import json
import sys

import rsa
from botocore.signers import CloudFrontSigner


def moment(seconds):
    return None if seconds is None else datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def read_key(path):
    """An RSA key; what is not in PKCS #1 is left to the caller's choice of keys."""
    with open(path, "rb") as file:
        return rsa.PrivateKey.load_pkcs1(file.read())


def sign(wish, key):
    signer = CloudFrontSigner(wish["id"], lambda message: rsa.sign(message, key, "SHA-1"))
    until = moment(wish["until"])
    if "resource" not in wish:
        return signer.generate_presigned_url(wish["url"], date_less_than=until)
    policy = signer.build_policy(wish["resource"], until, moment(wish.get("from")), wish.get("ip"))
    return signer.generate_presigned_url(wish["url"], policy=policy)


def main():
    wishes = json.load(sys.stdin)["wishes"]
    keys = {path: read_key(path) for path in {wish["pem"] for wish in wishes}}
    json.dump([sign(wish, keys[wish["pem"]]) for wish in wishes], sys.stdout)


main()
