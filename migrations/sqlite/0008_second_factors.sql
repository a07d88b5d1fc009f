-- What somebody has shown of who they are: how they signed in, and the second factor that they gave last.
ALTER TABLE session ADD COLUMN method TEXT NOT NULL DEFAULT 'password';
ALTER TABLE session ADD COLUMN factor TEXT;
ALTER TABLE session ADD COLUMN factor_at TEXT;

-- The same as it was when something was asked for; as JSON.
ALTER TABLE schedule_request ADD COLUMN signed_in TEXT;

-- The authenticator app of a person. The secret is encrypted with the key that key_id names. last_step is the step of
-- thirty seconds whose code was taken last: none up to it is taken again.
CREATE TABLE totp (
    principal_id BLOB PRIMARY KEY NOT NULL REFERENCES principal (id),
    key_id TEXT NOT NULL,
    secret BLOB NOT NULL,
    last_step INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    used_at TEXT
) STRICT, WITHOUT ROWID;

-- An app that was begun to be set up, until a code of it was seen.
CREATE TABLE totp_enrolment (
    principal_id BLOB PRIMARY KEY NOT NULL REFERENCES principal (id),
    key_id TEXT NOT NULL,
    secret BLOB NOT NULL,
    expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Codes that were written down, as hashes. Each is used once.
CREATE TABLE recovery_code (
    principal_id BLOB NOT NULL REFERENCES principal (id),
    hash BLOB NOT NULL,
    used_at TEXT,
    PRIMARY KEY (principal_id, hash)
) STRICT, WITHOUT ROWID;

-- Wrong codes of the last minutes.
CREATE TABLE wrong_code (
    id BLOB PRIMARY KEY NOT NULL,
    principal_id BLOB NOT NULL REFERENCES principal (id),
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX wrong_code_by_principal ON wrong_code (principal_id, at);

-- A passkey: public key, counter and the like as JSON.
CREATE TABLE passkey (
    id BLOB PRIMARY KEY NOT NULL,
    principal_id BLOB NOT NULL REFERENCES principal (id),
    name TEXT NOT NULL,
    credential_id BLOB NOT NULL,
    credential TEXT NOT NULL,
    created_at TEXT NOT NULL,
    used_at TEXT,
    CONSTRAINT passkey_credential_unique UNIQUE (credential_id)
) STRICT;
CREATE INDEX passkey_by_principal ON passkey (principal_id, created_at);

-- What a browser was asked to sign: taken once, by the session that asked, where there is one.
CREATE TABLE passkey_challenge (
    token_hash BLOB PRIMARY KEY NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('register', 'confirm', 'sign_in')),
    session_hash BLOB,
    state TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX passkey_challenge_by_end ON passkey_challenge (expires_at);

-- What an authentication context asks for, as JSON.
CREATE TABLE authentication_context (
    id TEXT PRIMARY KEY NOT NULL,
    rules TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    modified_by BLOB NOT NULL REFERENCES principal (id)
) STRICT, WITHOUT ROWID;
