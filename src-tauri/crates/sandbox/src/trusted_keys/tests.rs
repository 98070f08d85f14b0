//! What the keys from outside are, and what they verify.

use std::path::PathBuf;

use p256::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::rand_core::OsRng;

use super::*;
use crate::keys::Keys;

struct Pems {
    dir: tempfile::TempDir,
}

impl Pems {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn key(&self, id: &str, pem: &str) -> CookieKey {
        let path = self.dir.path().join(format!("{id}.pem"));
        fs::write(&path, pem).unwrap();
        CookieKey { key_pair_id: id.to_owned(), pem: path }
    }

    fn trusted(&self) -> TrustedKeys {
        Keys::open(self.dir.path()).unwrap().upload
    }
}

#[test]
fn keys_of_every_form_are_read_and_the_last_private_one_signs() {
    let pems = Pems::new();
    let trusted = pems.trusted();
    let own = trusted.signer().id;
    let rsa = RsaPrivateKey::new(&mut OsRng, 2048).unwrap();
    let curve = p256::SecretKey::random(&mut OsRng);
    let given = [
        pems.key("KPUBLICRSA", &rsa.to_public_key().to_public_key_pem(LineEnding::LF).unwrap()),
        pems.key("KPKCS1", &rsa.to_pkcs1_pem(LineEnding::LF).unwrap()),
        pems.key("KPKCS8", &rsa.to_pkcs8_pem(LineEnding::LF).unwrap()),
        pems.key("KCURVE8", &curve.to_pkcs8_pem(LineEnding::LF).unwrap()),
        pems.key(
            "KSEC1",
            &format!(
                "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n{}",
                *curve.to_sec1_pem(LineEnding::LF).unwrap()
            ),
        ),
        pems.key("KPUBLICCURVE", &curve.public_key().to_public_key_pem(LineEnding::LF).unwrap()),
    ];
    assert!(trusted.trust(&given[..3]).is_ok());
    let signer = trusted.signer();
    assert_eq!(signer.id, "KPKCS8");
    let signature = signer.sign("text").unwrap();
    for id in ["KPUBLICRSA", "KPKCS1", "KPKCS8"] {
        let key = trusted.find(id).unwrap();
        assert!(key.verify(Hash::Sha1, b"text", &signature), "{id}");
        assert!(!key.verify(Hash::Sha256, b"text", &signature), "{id}");
    }
    assert!(trusted.trust(&given).is_ok());
    let signer = trusted.signer();
    assert_eq!(signer.id, "KSEC1");
    let signature = signer.sign("text").unwrap();
    for id in ["KCURVE8", "KSEC1", "KPUBLICCURVE"] {
        assert!(trusted.find(id).unwrap().verify(Hash::Sha1, b"text", &signature), "{id}");
    }
    assert!(!trusted.find(&own).unwrap().verify(Hash::Sha1, b"text", &signature));
}

#[test]
fn a_rotation_takes_the_signing_over_and_can_drop_what_was_given() {
    let pems = Pems::new();
    let trusted = pems.trusted();
    let pem = p256::SecretKey::random(&mut OsRng).to_pkcs8_pem(LineEnding::LF).unwrap();
    assert!(trusted.trust(&[pems.key("KGIVEN", &pem)]).is_ok());
    assert_eq!(trusted.signer().id, "KGIVEN");
    let new = trusted.rotate(false).unwrap();
    assert_eq!(trusted.signer().id, new);
    assert!(trusted.find("KGIVEN").is_some());
    trusted.rotate(true).unwrap();
    assert!(trusted.find("KGIVEN").is_none());
}

#[test]
fn what_cloudfront_does_not_take_is_refused_with_the_reason() {
    let pems = Pems::new();
    let trusted = pems.trusted();
    let small = RsaPrivateKey::new(&mut OsRng, 1024).unwrap().to_pkcs8_pem(LineEnding::LF).unwrap();
    let good = p256::SecretKey::random(&mut OsRng).to_pkcs8_pem(LineEnding::LF).unwrap();
    let reason = |keys: &[CookieKey]| trusted.trust(keys).err().map(|useless| useless.source.to_string()).unwrap();
    assert!(reason(&[pems.key("KSMALL", &small)]).contains("2048"));
    assert!(reason(&[pems.key("KNONE", "nothing")]).contains("no key"));
    let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----\n";
    assert!(reason(&[pems.key("KLOCKED", locked)]).contains("password"));
    assert!(reason(&[pems.key("KTWICE", &good), pems.key("KTWICE", &good)]).contains("another key"));
    let own = trusted.signer().id;
    assert!(reason(&[pems.key(&own, &good)]).contains("another key"));
    assert!(reason(&[pems.key("K;x", &good)]).contains("letters"));
    let many: Vec<CookieKey> = (0..16).map(|number| pems.key(&format!("K{number}"), &good)).collect();
    assert!(reason(&many).contains("four groups"));
    let missing = CookieKey { key_pair_id: "K".to_owned(), pem: PathBuf::from("/nowhere/at all.pem") };
    assert!(!reason(&[missing]).is_empty());
}
