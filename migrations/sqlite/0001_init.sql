-- Everything that Stint keeps. Both databases have the same tables and columns; only the types are spelled differently.
-- Times are UTC with microseconds. A permanent assignment ends in the year 9999, so that "in force" is one range of one index.

-- Users, groups and service principals.
CREATE TABLE principal (
    id BLOB PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('user', 'group', 'service_principal')),
    display_name TEXT NOT NULL,
    -- The name in lower case: the order of lists.
    sort_name TEXT NOT NULL,
    user_name TEXT,
    mail TEXT,
    description TEXT,
    job_title TEXT,
    department TEXT,
    enabled INTEGER NOT NULL,
    -- Groups only: whether roles can be assigned to it.
    assignable_to_role INTEGER NOT NULL,
    -- Counts changes; taking the row for a change also keeps others from changing what hangs on it.
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    deleted_at TEXT,
    CONSTRAINT principal_user_name_unique UNIQUE (user_name)
) STRICT;
CREATE INDEX principal_by_name ON principal (kind, sort_name, id) WHERE deleted_at IS NULL;
CREATE INDEX principal_by_enabled ON principal (kind, enabled, sort_name, id) WHERE deleted_at IS NULL;
CREATE INDEX principal_assignable ON principal (kind, sort_name, id) WHERE assignable_to_role AND deleted_at IS NULL;
CREATE INDEX principal_deleted ON principal (kind, sort_name, id) WHERE deleted_at IS NOT NULL;

-- The words of a principal's names, for finding it by the beginning of any of them. What stands beside a word is there for
-- the order: what was found comes by word, then by name, however common the beginning is.
CREATE TABLE principal_word (
    kind TEXT NOT NULL,
    deleted INTEGER NOT NULL,
    word TEXT NOT NULL,
    sort_name TEXT NOT NULL,
    principal_id BLOB NOT NULL REFERENCES principal (id),
    PRIMARY KEY (kind, deleted, word, sort_name, principal_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX principal_word_by_principal ON principal_word (principal_id, word);

CREATE TABLE password_credential (
    principal_id BLOB PRIMARY KEY NOT NULL REFERENCES principal (id),
    hash TEXT NOT NULL,
    must_change INTEGER NOT NULL,
    changed_at TEXT NOT NULL
) STRICT;

-- Sign-ins that hold. The cookie has the token, the table only its hash.
CREATE TABLE session (
    token_hash BLOB PRIMARY KEY NOT NULL,
    principal_id BLOB NOT NULL REFERENCES principal (id),
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX session_by_principal ON session (principal_id);
CREATE INDEX session_by_end ON session (expires_at);

-- The members' names stand here too, for the order of lists.
CREATE TABLE group_member (
    group_id BLOB NOT NULL REFERENCES principal (id),
    member_id BLOB NOT NULL REFERENCES principal (id),
    sort_name TEXT NOT NULL,
    added_at TEXT NOT NULL,
    PRIMARY KEY (group_id, member_id)
) STRICT;
CREATE INDEX group_member_by_name ON group_member (group_id, sort_name, member_id);
CREATE INDEX group_member_by_member ON group_member (member_id, group_id);

CREATE TABLE group_owner (
    group_id BLOB NOT NULL REFERENCES principal (id),
    owner_id BLOB NOT NULL REFERENCES principal (id),
    added_at TEXT NOT NULL,
    PRIMARY KEY (group_id, owner_id)
) STRICT;
CREATE INDEX group_owner_by_owner ON group_owner (owner_id, group_id);

CREATE TABLE administrative_unit (
    id BLOB PRIMARY KEY NOT NULL,
    display_name TEXT NOT NULL,
    sort_name TEXT NOT NULL,
    description TEXT,
    created_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX administrative_unit_by_name ON administrative_unit (sort_name, id) WHERE deleted_at IS NULL;

CREATE TABLE administrative_unit_member (
    unit_id BLOB NOT NULL REFERENCES administrative_unit (id),
    member_id BLOB NOT NULL REFERENCES principal (id),
    sort_name TEXT NOT NULL,
    added_at TEXT NOT NULL,
    PRIMARY KEY (unit_id, member_id)
) STRICT;
CREATE INDEX administrative_unit_member_by_name ON administrative_unit_member (unit_id, sort_name, member_id);
CREATE INDEX administrative_unit_member_by_member ON administrative_unit_member (member_id, unit_id);

CREATE TABLE role (
    id BLOB PRIMARY KEY NOT NULL,
    provider TEXT NOT NULL CHECK (provider IN ('directory', 'resource', 'group')),
    name TEXT NOT NULL,
    sort_name TEXT NOT NULL,
    description TEXT NOT NULL,
    is_builtin INTEGER NOT NULL,
    is_privileged INTEGER NOT NULL,
    is_assignable INTEGER NOT NULL,
    -- JSON arrays of text.
    scope_types TEXT NOT NULL,
    permissions TEXT NOT NULL,
    -- Counts changes, and keeps two changes of a guarded role's holders from passing each other.
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX role_by_name ON role (provider, sort_name, id);

-- The seventeen rules of a role at a scope, as JSON keyed by rule id. No row: the defaults.
CREATE TABLE role_settings (
    role_id BLOB NOT NULL REFERENCES role (id),
    scope TEXT NOT NULL,
    rules TEXT NOT NULL,
    version INTEGER NOT NULL,
    modified_at TEXT NOT NULL,
    modified_by BLOB NOT NULL,
    PRIMARY KEY (role_id, scope)
) STRICT;

-- What somebody asked for. Appended and decided, never deleted.
CREATE TABLE schedule_request (
    id BLOB PRIMARY KEY NOT NULL,
    provider TEXT NOT NULL,
    assignment_type TEXT NOT NULL,
    action TEXT NOT NULL,
    principal_id BLOB NOT NULL REFERENCES principal (id),
    role_id BLOB NOT NULL REFERENCES role (id),
    scope TEXT NOT NULL,
    start_at TEXT NOT NULL,
    end_at TEXT NOT NULL,
    justification TEXT,
    ticket_number TEXT,
    ticket_system TEXT,
    status TEXT NOT NULL,
    requested_by BLOB NOT NULL REFERENCES principal (id),
    schedule_id BLOB,
    created_at TEXT NOT NULL,
    completed_at TEXT
) STRICT;
CREATE INDEX schedule_request_by_principal ON schedule_request (principal_id, id);
CREATE INDEX schedule_request_by_schedule ON schedule_request (schedule_id) WHERE schedule_id IS NOT NULL;

-- Assignments that hold, will hold or have held.
CREATE TABLE schedule (
    id BLOB PRIMARY KEY NOT NULL,
    provider TEXT NOT NULL,
    assignment_type TEXT NOT NULL CHECK (assignment_type IN ('eligible', 'active')),
    state TEXT NOT NULL CHECK (state IN ('assigned', 'activated')),
    principal_id BLOB NOT NULL REFERENCES principal (id),
    role_id BLOB NOT NULL REFERENCES role (id),
    scope TEXT NOT NULL,
    -- The administrative unit or the object that the scope names; for the roles of a group, the group.
    object_id BLOB,
    start_at TEXT NOT NULL,
    end_at TEXT NOT NULL,
    end_reason TEXT,
    eligibility_id BLOB REFERENCES schedule (id),
    request_id BLOB NOT NULL REFERENCES schedule_request (id),
    created_at TEXT NOT NULL,
    CHECK ((state = 'activated') = (eligibility_id IS NOT NULL))
) STRICT;
CREATE INDEX schedule_by_end ON schedule (assignment_type, end_at, id);
CREATE INDEX schedule_by_principal ON schedule (principal_id, assignment_type, end_at, id, role_id);
CREATE INDEX schedule_by_role ON schedule (role_id, assignment_type, end_at, id);
CREATE INDEX schedule_by_object ON schedule (object_id, role_id, assignment_type, end_at) WHERE object_id IS NOT NULL;
CREATE INDEX schedule_by_eligibility ON schedule (eligibility_id, end_at) WHERE eligibility_id IS NOT NULL;

-- What happened: append-only, each event sealed with the hash of the one before.
CREATE TABLE audit_event (
    seq INTEGER PRIMARY KEY NOT NULL,
    id BLOB NOT NULL,
    at TEXT NOT NULL,
    category TEXT NOT NULL,
    activity TEXT NOT NULL,
    actor_id BLOB,
    actor_name TEXT NOT NULL,
    target_id BLOB,
    target_name TEXT,
    role_id BLOB,
    role_name TEXT,
    scope TEXT,
    justification TEXT,
    ticket TEXT,
    detail TEXT,
    source TEXT,
    request_id BLOB,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX audit_event_by_category ON audit_event (category, seq);
CREATE INDEX audit_event_by_actor ON audit_event (actor_id, category, seq) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_event_by_target ON audit_event (target_id, category, seq) WHERE target_id IS NOT NULL;
CREATE INDEX audit_event_by_role ON audit_event (role_id, category, seq) WHERE role_id IS NOT NULL;
CREATE INDEX audit_event_by_time ON audit_event (at, seq);

-- The end of the chain: one row, taken by every writer in turn.
CREATE TABLE audit_head (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;

INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, x'');

-- News to be carried outside, written with the change that it tells of.
CREATE TABLE outbox (
    id BLOB PRIMARY KEY NOT NULL,
    topic TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'claimed', 'done', 'failed')),
    attempts INTEGER NOT NULL,
    due_at TEXT NOT NULL,
    last_error TEXT,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE state IN ('queued', 'claimed');
