-- Requests to extend or renew an assignment, decided by those who may assign roles, and to extend a running activation.

-- The assignment or activation that is to go on.
ALTER TABLE schedule_request ADD COLUMN assignment_id BLOB;
-- When that ended or was to end when it was asked for.
ALTER TABLE schedule_request ADD COLUMN old_end_at TEXT;
-- One assignment has one request open, whoever decides on it.
CREATE UNIQUE INDEX request_open_once ON schedule_request (assignment_id)
    WHERE status IN ('PendingApproval', 'PendingAdminDecision');
CREATE INDEX request_undecided_by_principal ON schedule_request (principal_id) WHERE status = 'PendingAdminDecision';
-- What waits, by what is asked for: each kind is one range in the order of the list.
DROP INDEX request_pending;
CREATE INDEX request_pending ON schedule_request (action, expires_at, id) WHERE status = 'PendingApproval';
CREATE INDEX request_undecided ON schedule_request (action, expires_at, id) WHERE status = 'PendingAdminDecision';
