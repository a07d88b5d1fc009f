-- Everything that Stint keeps. Both databases have the same tables and columns; only the types are spelled differently.
-- Times are UTC with microseconds. A permanent assignment ends in the year 9999, so that "in force" is one range of one index.

-- Users, groups and service principals.
CREATE TABLE principal (
    id UUID PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('user', 'group', 'service_principal')),
    display_name TEXT NOT NULL,
    -- The name in lower case: the order of lists.
    sort_name TEXT COLLATE "C" NOT NULL,
    user_name TEXT COLLATE "C",
    mail TEXT,
    description TEXT,
    job_title TEXT,
    department TEXT,
    enabled BOOLEAN NOT NULL,
    -- Groups only: whether roles can be assigned to it.
    assignable_to_role BOOLEAN NOT NULL,
    -- Counts changes; taking the row for a change also keeps others from changing what hangs on it.
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ,
    CONSTRAINT principal_user_name_unique UNIQUE (user_name)
);
CREATE INDEX principal_by_name ON principal (kind, sort_name, id) WHERE deleted_at IS NULL;
CREATE INDEX principal_by_enabled ON principal (kind, enabled, sort_name, id) WHERE deleted_at IS NULL;
CREATE INDEX principal_assignable ON principal (kind, sort_name, id) WHERE assignable_to_role AND deleted_at IS NULL;
CREATE INDEX principal_deleted ON principal (kind, sort_name, id) WHERE deleted_at IS NOT NULL;

-- The words of a principal's names, for finding it by the beginning of any of them. What stands beside a word is there for
-- the order: what was found comes by word, then by name, however common the beginning is.
CREATE TABLE principal_word (
    kind TEXT NOT NULL,
    deleted BOOLEAN NOT NULL,
    word TEXT COLLATE "C" NOT NULL,
    sort_name TEXT COLLATE "C" NOT NULL,
    principal_id UUID NOT NULL REFERENCES principal (id),
    PRIMARY KEY (kind, deleted, word, sort_name, principal_id)
);
CREATE INDEX principal_word_by_principal ON principal_word (principal_id, word);

CREATE TABLE password_credential (
    principal_id UUID PRIMARY KEY NOT NULL REFERENCES principal (id),
    hash TEXT NOT NULL,
    must_change BOOLEAN NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);

-- Sign-ins that hold. The cookie has the token, the table only its hash.
CREATE TABLE session (
    token_hash BYTEA PRIMARY KEY NOT NULL,
    principal_id UUID NOT NULL REFERENCES principal (id),
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX session_by_principal ON session (principal_id);
CREATE INDEX session_by_end ON session (expires_at);

-- The members' names stand here too, for the order of lists.
CREATE TABLE group_member (
    group_id UUID NOT NULL REFERENCES principal (id),
    member_id UUID NOT NULL REFERENCES principal (id),
    sort_name TEXT COLLATE "C" NOT NULL,
    added_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (group_id, member_id)
);
CREATE INDEX group_member_by_name ON group_member (group_id, sort_name, member_id);
CREATE INDEX group_member_by_member ON group_member (member_id, group_id);

CREATE TABLE group_owner (
    group_id UUID NOT NULL REFERENCES principal (id),
    owner_id UUID NOT NULL REFERENCES principal (id),
    added_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (group_id, owner_id)
);
CREATE INDEX group_owner_by_owner ON group_owner (owner_id, group_id);

CREATE TABLE administrative_unit (
    id UUID PRIMARY KEY NOT NULL,
    display_name TEXT NOT NULL,
    sort_name TEXT COLLATE "C" NOT NULL,
    description TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX administrative_unit_by_name ON administrative_unit (sort_name, id) WHERE deleted_at IS NULL;

CREATE TABLE administrative_unit_member (
    unit_id UUID NOT NULL REFERENCES administrative_unit (id),
    member_id UUID NOT NULL REFERENCES principal (id),
    sort_name TEXT COLLATE "C" NOT NULL,
    added_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (unit_id, member_id)
);
CREATE INDEX administrative_unit_member_by_name ON administrative_unit_member (unit_id, sort_name, member_id);
CREATE INDEX administrative_unit_member_by_member ON administrative_unit_member (member_id, unit_id);

CREATE TABLE role (
    id UUID PRIMARY KEY NOT NULL,
    provider TEXT NOT NULL CHECK (provider IN ('directory', 'resource', 'group')),
    name TEXT NOT NULL,
    sort_name TEXT COLLATE "C" NOT NULL,
    description TEXT NOT NULL,
    is_builtin BOOLEAN NOT NULL,
    is_privileged BOOLEAN NOT NULL,
    is_assignable BOOLEAN NOT NULL,
    -- JSON arrays of text.
    scope_types TEXT NOT NULL,
    permissions TEXT NOT NULL,
    -- Counts changes, and keeps two changes of a guarded role's holders from passing each other.
    version BIGINT NOT NULL
);
CREATE INDEX role_by_name ON role (provider, sort_name, id);

-- The seventeen rules of a role at a scope, as JSON keyed by rule id. No row: the defaults.
CREATE TABLE role_settings (
    role_id UUID NOT NULL REFERENCES role (id),
    scope TEXT COLLATE "C" NOT NULL,
    rules TEXT NOT NULL,
    version BIGINT NOT NULL,
    modified_at TIMESTAMPTZ NOT NULL,
    modified_by UUID NOT NULL,
    PRIMARY KEY (role_id, scope)
);

-- What somebody asked for. Appended and decided, never deleted.
CREATE TABLE schedule_request (
    id UUID PRIMARY KEY NOT NULL,
    provider TEXT NOT NULL,
    assignment_type TEXT NOT NULL,
    action TEXT NOT NULL,
    principal_id UUID NOT NULL REFERENCES principal (id),
    role_id UUID NOT NULL REFERENCES role (id),
    scope TEXT COLLATE "C" NOT NULL,
    start_at TIMESTAMPTZ NOT NULL,
    end_at TIMESTAMPTZ NOT NULL,
    justification TEXT,
    ticket_number TEXT,
    ticket_system TEXT,
    status TEXT NOT NULL,
    requested_by UUID NOT NULL REFERENCES principal (id),
    schedule_id UUID,
    created_at TIMESTAMPTZ NOT NULL,
    completed_at TIMESTAMPTZ
);
CREATE INDEX schedule_request_by_principal ON schedule_request (principal_id, id);
CREATE INDEX schedule_request_by_schedule ON schedule_request (schedule_id) WHERE schedule_id IS NOT NULL;

-- Assignments that hold, will hold or have held.
CREATE TABLE schedule (
    id UUID PRIMARY KEY NOT NULL,
    provider TEXT NOT NULL,
    assignment_type TEXT NOT NULL CHECK (assignment_type IN ('eligible', 'active')),
    state TEXT NOT NULL CHECK (state IN ('assigned', 'activated')),
    principal_id UUID NOT NULL REFERENCES principal (id),
    role_id UUID NOT NULL REFERENCES role (id),
    scope TEXT COLLATE "C" NOT NULL,
    -- The administrative unit or the object that the scope names; for the roles of a group, the group.
    object_id UUID,
    start_at TIMESTAMPTZ NOT NULL,
    end_at TIMESTAMPTZ NOT NULL,
    end_reason TEXT,
    eligibility_id UUID REFERENCES schedule (id),
    request_id UUID NOT NULL REFERENCES schedule_request (id),
    created_at TIMESTAMPTZ NOT NULL,
    CHECK ((state = 'activated') = (eligibility_id IS NOT NULL))
);
CREATE INDEX schedule_by_end ON schedule (assignment_type, end_at, id);
CREATE INDEX schedule_by_principal ON schedule (principal_id, assignment_type, end_at, id, role_id);
CREATE INDEX schedule_by_role ON schedule (role_id, assignment_type, end_at, id);
CREATE INDEX schedule_by_object ON schedule (object_id, role_id, assignment_type, end_at) WHERE object_id IS NOT NULL;
CREATE INDEX schedule_by_eligibility ON schedule (eligibility_id, end_at) WHERE eligibility_id IS NOT NULL;

-- What happened: append-only, each event sealed with the hash of the one before.
CREATE TABLE audit_event (
    seq BIGINT PRIMARY KEY NOT NULL,
    id UUID NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    category TEXT NOT NULL,
    activity TEXT NOT NULL,
    actor_id UUID,
    actor_name TEXT NOT NULL,
    target_id UUID,
    target_name TEXT,
    role_id UUID,
    role_name TEXT,
    scope TEXT,
    justification TEXT,
    ticket TEXT,
    detail TEXT,
    source TEXT,
    request_id UUID,
    hash BYTEA NOT NULL
);
CREATE INDEX audit_event_by_category ON audit_event (category, seq);
CREATE INDEX audit_event_by_actor ON audit_event (actor_id, category, seq) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_event_by_target ON audit_event (target_id, category, seq) WHERE target_id IS NOT NULL;
CREATE INDEX audit_event_by_role ON audit_event (role_id, category, seq) WHERE role_id IS NOT NULL;
CREATE INDEX audit_event_by_time ON audit_event (at, seq);

-- The end of the chain: one row, taken by every writer in turn.
CREATE TABLE audit_head (
    id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL
);

INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, ''::bytea);

-- News to be carried outside, written with the change that it tells of.
CREATE TABLE outbox (
    id UUID PRIMARY KEY NOT NULL,
    topic TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'claimed', 'done', 'failed')),
    attempts BIGINT NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    last_error TEXT,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE state IN ('queued', 'claimed');
