//! Proves to a webhook who is calling: only who has its secret can have written the time and the body.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// `t=<unix>,v1=<hex hmac-sha256 of "t.body">`. A receiver refuses a time that is long ago: it may be played again.
pub(crate) fn header(secret: &[u8], at: i64, body: &str) -> String {
    format!("t={at},v1={}", hex::encode(authenticate(secret, format!("{at}.{body}").as_bytes())))
}

fn authenticate(secret: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn it_is_hmac_sha256() {
        let mac = authenticate(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex::encode(mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert!(header(b"Jefe", 17, "{}").starts_with("t=17,v1="));
    }
}
