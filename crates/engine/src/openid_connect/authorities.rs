//! Authorities of an organisation's own, whose certificates the web does not know.

use tokio_rustls::rustls::{
    RootCertStore,
    pki_types::{CertificateDer, TrustAnchor, pem::PemObject},
};

/// Authorities whose certificates are trusted beside those that the web knows.
#[derive(Clone, Default)]
pub struct Authorities(Vec<TrustAnchor<'static>>);

impl Authorities {
    /// Reads the certificates of a PEM file. It has at least one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(pem: &[u8]) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        for (index, certificate) in CertificateDer::pem_slice_iter(pem).enumerate() {
            let added = certificate
                .map_err(|error| error.to_string())
                .and_then(|certificate| roots.add(certificate).map_err(|error| error.to_string()));
            added.map_err(|error| format!("certificate {} cannot be read: {error}", index + 1))?;
        }
        if roots.is_empty() { Err("it holds no certificate".to_owned()) } else { Ok(Self(roots.roots)) }
    }

    pub(super) fn anchors(&self) -> &[TrustAnchor<'static>] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_one_certificate_or_several() {
        let authority = || {
            let mut wanted = rcgen::CertificateParams::default();
            wanted.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            wanted.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().pem()
        };
        let said = |pem: &str| Authorities::parse(pem.as_bytes()).map(|authorities| authorities.0.len());
        assert_eq!(said(&authority()), Ok(1));
        assert_eq!(said(&format!("one of two\n{}{}", authority(), authority())), Ok(2));
        let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
        for none in ["", "a certificate", &key] {
            assert_eq!(said(none).unwrap_err(), "it holds no certificate");
        }
        let broken = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        let broken = said(&format!("{}{broken}", authority())).unwrap_err();
        assert!(broken.starts_with("certificate 2 cannot be read: "), "{broken}");
        assert!(said(&authority().replace("-----END", "END")).is_err());
    }
}
