-- Approvers who are away and those who decide in their place, and roles that stand first in My roles.

-- Who stands in for an approver, and when. Whether that gives anything is asked when it is used. Ending it moves its end.
CREATE TABLE substitution (
    id UUID PRIMARY KEY NOT NULL,
    approver_id UUID NOT NULL REFERENCES principal (id),
    substitute_id UUID NOT NULL REFERENCES principal (id),
    start_at TIMESTAMPTZ NOT NULL,
    end_at TIMESTAMPTZ NOT NULL,
    reason TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    -- When the approver ended it before its time.
    ended_at TIMESTAMPTZ
);
CREATE INDEX substitution_by_approver ON substitution (approver_id, start_at, id);
CREATE INDEX substitution_by_substitute ON substitution (substitute_id, end_at, id);

-- For whom the approver said it, where they stood in for somebody.
ALTER TABLE approval_decision ADD COLUMN for_id UUID REFERENCES principal (id);
-- An approver and whoever stands in for them are one seat, and from each seat is spoken once.
CREATE UNIQUE INDEX approval_decision_one_seat ON approval_decision (request_id, COALESCE(for_id, approver_id));

-- The roles that somebody wants to see first.
CREATE TABLE favourite_role (
    principal_id UUID NOT NULL REFERENCES principal (id),
    role_id UUID NOT NULL REFERENCES role (id),
    scope TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (principal_id, role_id, scope)
);
