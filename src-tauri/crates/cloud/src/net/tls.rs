//! Trust: the platform's certificate verifier, and the profile's own authorities.

use std::borrow::Cow;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier;
use waybill_model::{Code, Failure};

/// Configures TLS 1.2 and 1.3 with ring and the platform's verifier, and prefers HTTP/2 to HTTP/1.1.
pub(super) fn config(ca_pem: Option<&[u8]>) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(ring::default_provider());
    let verifier = match ca_pem {
        None => Verifier::new(Arc::clone(&provider)),
        Some(pem) => Verifier::new_with_extra_roots(authorities(pem)?, Arc::clone(&provider)),
    }
    .map_err(|error| Failure::new(Code::CertificateUntrusted, error.to_string()))?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::new(Code::Internal, error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Returns the text without a byte order mark, as Windows' editors write it: in UTF-8, or in UTF-16 ("Unicode").
fn as_ascii(text: &[u8]) -> Cow<'_, [u8]> {
    let narrow = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let (units, _) = rest.as_chunks::<2>();
        // PEM has only ASCII; anything else makes it no PEM.
        Cow::Owned(units.iter().map(|bytes| u8::try_from(unit(*bytes)).unwrap_or(b'?')).collect())
    };
    match text {
        [0xEF, 0xBB, 0xBF, rest @ ..] => Cow::Borrowed(rest),
        [0xFF, 0xFE, rest @ ..] => narrow(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => narrow(rest, u16::from_be_bytes),
        plain => Cow::Borrowed(plain),
    }
}

fn authorities(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let pem = as_ascii(pem);
    let pem = pem.as_ref();
    let wrong = |what: String| Failure::new(Code::ProfileMalformed, format!("ca_file: {what}"));
    let found = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| wrong(format!("not a PEM file of certificates: {error}")))?;
    if found.is_empty() { Err(wrong("holds no certificate".to_owned())) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";

    #[test]
    fn a_certificate_file_is_read_with_any_byte_order_mark() {
        let wide =
            |unit: fn(u16) -> [u8; 2]| "\u{feff}".encode_utf16().chain(PEM.encode_utf16()).flat_map(unit).collect();
        let plain = authorities(PEM.as_bytes()).unwrap();
        assert_eq!(plain.len(), 1);
        let marked: [Vec<u8>; 3] = [format!("\u{feff}{PEM}").into(), wide(u16::to_le_bytes), wide(u16::to_be_bytes)];
        for text in marked {
            assert_eq!(authorities(&text).unwrap(), plain);
        }
        assert!(authorities(b"\xEF\xBB\xBFno certificate").is_err());
    }
}
