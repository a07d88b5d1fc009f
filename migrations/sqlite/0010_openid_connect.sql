-- Signing in at identity providers that speak OpenID Connect.

-- Which account of which issuer is whose. A subject is unique within its issuer, whatever the provider is called here.
CREATE TABLE external_identity (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    principal_id BLOB NOT NULL REFERENCES principal (id),
    created_at TEXT NOT NULL,
    last_used_at TEXT,
    -- When the provider last said that a second factor was used.
    factor_at TEXT,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX external_identity_by_principal ON external_identity (principal_id, issuer);

-- What somebody went to a provider for. The browser has the token, the table only its hash; what was sent to the provider
-- follows from the token.
CREATE TABLE openid_attempt (
    token_hash BLOB PRIMARY KEY NOT NULL,
    provider TEXT NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('sign_in', 'link', 'confirm', 'answered')),
    -- Whose session asked; none where somebody signs in.
    session_hash BLOB,
    return_to TEXT NOT NULL,
    -- The class of sign-in that is asked for.
    acr TEXT,
    -- A form that waits meanwhile, as JSON.
    form TEXT,
    -- What went wrong, where somebody comes back to that form.
    problem TEXT,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX openid_attempt_by_end ON openid_attempt (expires_at);

-- What a provider said of a sign-in, when the person signed in there, and which provider the session began at.
ALTER TABLE session ADD COLUMN acr TEXT;
ALTER TABLE session ADD COLUMN acr_at TEXT;
ALTER TABLE session ADD COLUMN provider TEXT;
