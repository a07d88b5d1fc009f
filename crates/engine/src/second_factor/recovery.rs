//! Recovery codes: written down on paper, each used once, for whoever has lost everything else.

use super::{Methods, note, require_to_change};
use crate::{Operation, Result};
use sha2::{Digest, Sha256};
use stint_domain::{
    audit::Activity,
    id::PrincipalId,
    refusal::{Broken, Field, Refusal},
};
use stint_store::recovery_code;

/// How many codes there are.
pub const COUNT: usize = 10;

/// Makes new codes, in place of those before. They are shown once and kept as hashes.
pub async fn create(op: &mut Operation) -> Result<Vec<String>> {
    let row = require_to_change(op).await?;
    let has = Methods::of(&mut op.tx, row.id).await?;
    if has.totp.is_none() && has.passkeys.is_empty() {
        let first = "Add an authenticator app or a passkey first: recovery codes stand in for one.";
        return Err(Refusal::at(Field::Form, Broken::Missing(first.to_owned())).into());
    }
    let codes: Vec<_> = (0..COUNT).map(|_| op.engine.random.recovery_code()).collect();
    let hashes = codes.iter().map(|code| hash(row.id, code)).collect();
    recovery_code::set(&mut op.tx, row.id, hashes).await?;
    note(op, Activity::SecurityInfoRegistered, &row, "recovery codes").await?;
    Ok(codes)
}

/// Uses a code, or says why not.
pub(super) async fn take(op: &mut Operation, own: PrincipalId, code: &str) -> Result<Result<(), Broken>> {
    let hash = hash(own, code);
    // INVARIANT: a code counts once: taking it is one conditional update.
    if recovery_code::take(&mut op.tx, own, hash.clone(), op.now).await? {
        return Ok(Ok(()));
    }
    let is_used = recovery_code::is_used(&mut op.tx, own, hash).await?;
    Ok(Err(if is_used { Broken::CodeUsed } else { Broken::WrongCode }))
}

/// What is kept of a code: it has too much chance to be guessed from its hash.
fn hash(own: PrincipalId, code: &str) -> Vec<u8> {
    let plain: String =
        code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    Sha256::new().chain_update(own.as_uuid().as_bytes()).chain_update(plain).finalize().to_vec()
}
