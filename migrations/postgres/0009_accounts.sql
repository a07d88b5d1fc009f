-- Taking a server into use, passwords that are forgotten, sessions that can be looked at, and who signed in.

-- Where a session began, and with what. Nothing in `last_seen_at`: not since it began.
ALTER TABLE session ADD COLUMN last_seen_at TIMESTAMPTZ;
ALTER TABLE session ADD COLUMN source TEXT;
ALTER TABLE session ADD COLUMN device TEXT;
-- It began with a password that somebody else knows: nothing but choosing another is possible.
ALTER TABLE session ADD COLUMN must_change_password BOOLEAN NOT NULL DEFAULT FALSE;

-- Links that open one door once. The link has the token, the table only its hash.
CREATE TABLE one_time_link (
    token_hash BYTEA PRIMARY KEY NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('setup', 'recover', 'reset_password')),
    -- Nobody where the link makes a new person.
    principal_id UUID REFERENCES principal (id),
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX one_time_link_by_end ON one_time_link (expires_at);
CREATE INDEX one_time_link_by_principal ON one_time_link (principal_id) WHERE principal_id IS NOT NULL;

-- Browsers that somebody has signed in with: their mistakes are counted apart from those of strangers.
CREATE TABLE known_device (
    principal_id UUID NOT NULL REFERENCES principal (id),
    token_hash BYTEA NOT NULL,
    last_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (token_hash, principal_id)
);
CREATE INDEX known_device_by_principal ON known_device (principal_id);
CREATE INDEX known_device_by_use ON known_device (last_at);

-- What may be tried only so often. Each try moves `paid_until`; who is too far ahead of the clock waits.
CREATE TABLE throttle (
    key BYTEA PRIMARY KEY NOT NULL,
    paid_until TIMESTAMPTZ NOT NULL,
    -- When somebody who has to wait was last written down.
    noted_at TIMESTAMPTZ
);
CREATE INDEX throttle_by_end ON throttle (paid_until);

-- Who signed in or tried to. The ids sort by time, so that a time is a range of ids.
CREATE TABLE sign_in (
    id UUID PRIMARY KEY NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    -- Nobody where the name that was typed is nobody's: that is not kept.
    principal_id UUID,
    display_name TEXT,
    user_name TEXT,
    application TEXT NOT NULL,
    method TEXT NOT NULL,
    result TEXT COLLATE "C" NOT NULL,
    source TEXT,
    device TEXT
);
CREATE INDEX sign_in_by_principal ON sign_in (principal_id, id) WHERE principal_id IS NOT NULL;
CREATE INDEX sign_in_by_result ON sign_in (result, id);
CREATE INDEX sign_in_by_principal_result ON sign_in (principal_id, result, id) WHERE principal_id IS NOT NULL;
