-- What somebody has shown of who they are: how they signed in, and the second factor that they gave last.
ALTER TABLE session ADD COLUMN method TEXT NOT NULL DEFAULT 'password';
ALTER TABLE session ADD COLUMN factor TEXT;
ALTER TABLE session ADD COLUMN factor_at TIMESTAMPTZ;

-- The same as it was when something was asked for; as JSON.
ALTER TABLE schedule_request ADD COLUMN signed_in TEXT;

-- The authenticator app of a person. The secret is encrypted with the key that key_id names. last_step is the step of
-- thirty seconds whose code was taken last: none up to it is taken again.
CREATE TABLE totp (
    principal_id UUID PRIMARY KEY NOT NULL REFERENCES principal (id),
    key_id TEXT NOT NULL,
    secret BYTEA NOT NULL,
    last_step BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);

-- An app that was begun to be set up, until a code of it was seen.
CREATE TABLE totp_enrolment (
    principal_id UUID PRIMARY KEY NOT NULL REFERENCES principal (id),
    key_id TEXT NOT NULL,
    secret BYTEA NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);

-- Codes that were written down, as hashes. Each is used once.
CREATE TABLE recovery_code (
    principal_id UUID NOT NULL REFERENCES principal (id),
    hash BYTEA NOT NULL,
    used_at TIMESTAMPTZ,
    PRIMARY KEY (principal_id, hash)
);

-- Wrong codes of the last minutes.
CREATE TABLE wrong_code (
    id UUID PRIMARY KEY NOT NULL,
    principal_id UUID NOT NULL REFERENCES principal (id),
    at TIMESTAMPTZ NOT NULL
);
CREATE INDEX wrong_code_by_principal ON wrong_code (principal_id, at);

-- A passkey: public key, counter and the like as JSON.
CREATE TABLE passkey (
    id UUID PRIMARY KEY NOT NULL,
    principal_id UUID NOT NULL REFERENCES principal (id),
    name TEXT NOT NULL,
    credential_id BYTEA NOT NULL,
    credential TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    CONSTRAINT passkey_credential_unique UNIQUE (credential_id)
);
CREATE INDEX passkey_by_principal ON passkey (principal_id, created_at);

-- What a browser was asked to sign: taken once, by the session that asked, where there is one.
CREATE TABLE passkey_challenge (
    token_hash BYTEA PRIMARY KEY NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('register', 'confirm', 'sign_in')),
    session_hash BYTEA,
    state TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX passkey_challenge_by_end ON passkey_challenge (expires_at);

-- What an authentication context asks for, as JSON.
CREATE TABLE authentication_context (
    id TEXT PRIMARY KEY NOT NULL,
    rules TEXT NOT NULL,
    modified_at TIMESTAMPTZ NOT NULL,
    modified_by UUID NOT NULL REFERENCES principal (id)
);
