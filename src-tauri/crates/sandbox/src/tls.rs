//! The certificate authority made at the first start, and the certificate of the roles served over TLS.
//!
//! The authority's key is discarded as soon as it has signed: no other certificate can ever be signed with it, so
//! trusting `ca.pem` puts no machine at risk.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::files;

/// Apple's verifiers refuse server certificates that live longer than 825 days.
const LIFE: TimeDelta = TimeDelta::days(800);
const CA: &str = "ca.pem";
const CERTIFICATE: &str = "server.pem";
const KEY: &str = "server-key.pem";

/// Returns the server's settings: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1. Makes authority and certificate, valid for the
/// addresses given, when `dir` holds none or they are old.
pub(crate) fn server_config(dir: &Path, addresses: &[IpAddr]) -> io::Result<Arc<rustls::ServerConfig>> {
    let is_there = [CA, CERTIFICATE, KEY].iter().all(|name| dir.join(name).exists());
    if !is_there || is_old(&dir.join(CERTIFICATE))? {
        make(dir, addresses)?;
    }
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(dir.join(CERTIFICATE))
        .map_err(io::Error::other)?
        .collect::<Result<_, _>>()
        .map_err(io::Error::other)?;
    let key = PrivateKeyDer::from_pem_file(dir.join(KEY)).map_err(io::Error::other)?;
    let mut config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Certificates are made for [`LIFE`] and made again well before that is over.
fn is_old(certificate: &Path) -> io::Result<bool> {
    let age = fs::metadata(certificate)?.modified()?.elapsed().unwrap_or_default();
    Ok(age > LIFE.to_std().unwrap_or_default() / 2)
}

fn make(dir: &Path, addresses: &[IpAddr]) -> io::Result<()> {
    let ca_key = KeyPair::generate().map_err(io::Error::other)?;
    let mut ca = params("Waybill sandbox, one machine only");
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let ca_certificate = ca.self_signed(&ca_key).map_err(io::Error::other)?;

    let key = KeyPair::generate().map_err(io::Error::other)?;
    let mut server = params("Waybill sandbox");
    server.subject_alt_names = addresses.iter().map(|address| SanType::IpAddress(*address)).collect();
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.use_authority_key_identifier_extension = true;
    let issuer = Issuer::new(ca, ca_key);
    let certificate = server.signed_by(&key, &issuer).map_err(io::Error::other)?;

    fs::create_dir_all(dir)?;
    files::write_private(&dir.join(KEY), key.serialize_pem().as_bytes())?;
    files::write_public(&dir.join(CERTIFICATE), certificate.pem().as_bytes())?;
    files::write_public(&dir.join(CA), ca_certificate.pem().as_bytes())
}

fn params(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    params.distinguished_name = name;
    let now = Utc::now();
    let (before, after) = (now - TimeDelta::days(2), now + LIFE);
    params.not_before = rcgen::date_time_ymd(before.year(), month(before), day(before));
    params.not_after = rcgen::date_time_ymd(after.year(), month(after), day(after));
    params
}

fn month(at: DateTime<Utc>) -> u8 {
    u8::try_from(at.month()).unwrap_or(1)
}

/// Returns the day of the month.
fn day(at: DateTime<Utc>) -> u8 {
    u8::try_from(at.day()).unwrap_or(1)
}
