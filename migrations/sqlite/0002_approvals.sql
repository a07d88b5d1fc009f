-- Settings that were changed, and activations that wait for an approval.

-- Every version of a role's settings at a scope, the present one among them. Appended, never changed.
CREATE TABLE role_settings_version (
    role_id BLOB NOT NULL REFERENCES role (id),
    scope TEXT NOT NULL,
    version INTEGER NOT NULL,
    rules TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    modified_by BLOB NOT NULL,
    PRIMARY KEY (role_id, scope, version)
) STRICT;
INSERT INTO role_settings_version (role_id, scope, version, rules, modified_at, modified_by)
SELECT role_id, scope, version, rules, modified_at, modified_by FROM role_settings;

-- Who decides, taken from the present settings: a user, a group, or a role whose active holders decide where nobody is named.
-- It is written with the settings, so that what waits for somebody is found by index.
CREATE TABLE role_approver (
    approver_id BLOB NOT NULL,
    role_id BLOB NOT NULL REFERENCES role (id),
    scope TEXT NOT NULL,
    PRIMARY KEY (approver_id, role_id, scope)
) STRICT, WITHOUT ROWID;
CREATE INDEX role_approver_by_role ON role_approver (role_id, scope);

-- The administrative unit or the object that the scope names.
ALTER TABLE schedule_request ADD COLUMN object_id BLOB;
-- What follows is there for a request that waits or has waited for an approval.
ALTER TABLE schedule_request ADD COLUMN eligibility_id BLOB;
-- The scope whose settings say who decides.
ALTER TABLE schedule_request ADD COLUMN settings_scope TEXT;
ALTER TABLE schedule_request ADD COLUMN approvals_needed INTEGER;
-- From this moment on nobody decides any more, whatever the status says.
ALTER TABLE schedule_request ADD COLUMN expires_at TEXT;
-- Who decided, cancelled or took away its ground; nobody where time did.
ALTER TABLE schedule_request ADD COLUMN closed_by BLOB;
ALTER TABLE schedule_request ADD COLUMN close_reason TEXT;
CREATE INDEX request_pending ON schedule_request (expires_at, id) WHERE status = 'PendingApproval';
CREATE INDEX request_pending_by_role ON schedule_request (role_id, settings_scope, expires_at, id)
    WHERE status = 'PendingApproval';
CREATE INDEX request_pending_by_eligibility ON schedule_request (eligibility_id) WHERE status = 'PendingApproval';
-- One person has one request for one role at one scope open.
CREATE UNIQUE INDEX request_pending_once ON schedule_request (principal_id, role_id, scope)
    WHERE status = 'PendingApproval';

-- What approvers said. Appended, never changed.
CREATE TABLE approval_decision (
    request_id BLOB NOT NULL REFERENCES schedule_request (id),
    approver_id BLOB NOT NULL REFERENCES principal (id),
    verdict TEXT NOT NULL CHECK (verdict IN ('approve', 'deny')),
    justification TEXT NOT NULL,
    -- Where the approver granted less than was asked for: at most so long.
    seconds INTEGER,
    decided_at TEXT NOT NULL,
    PRIMARY KEY (request_id, approver_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX approval_decision_by_approver ON approval_decision (approver_id, decided_at, request_id);
