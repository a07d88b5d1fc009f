-- Approval in stages, one after the other, with approvers who are asked when it takes long.

-- The stage, from 1, at which a request stands that waits or has waited, and how many there were when it was asked for.
ALTER TABLE schedule_request ADD COLUMN stage INTEGER;
ALTER TABLE schedule_request ADD COLUMN stages INTEGER;
-- Taken from the settings when the stage begins: from when on its backup approvers decide too, and when those are reminded who
-- have not decided.
ALTER TABLE schedule_request ADD COLUMN escalates_at TEXT;
ALTER TABLE schedule_request ADD COLUMN reminds_at TEXT;
UPDATE schedule_request SET stage = 1, stages = 1 WHERE expires_at IS NOT NULL;
DROP INDEX request_pending_by_role;
CREATE INDEX request_pending_by_role ON schedule_request (role_id, settings_scope, stage, expires_at, id)
    WHERE status = 'PendingApproval';
CREATE INDEX request_pending_by_backup ON schedule_request (role_id, settings_scope, stage, escalates_at)
    WHERE status = 'PendingApproval';
-- What time does to those that wait.
CREATE INDEX request_pending_escalates ON schedule_request (escalates_at, id) WHERE status = 'PendingApproval';
CREATE INDEX request_pending_reminds ON schedule_request (reminds_at, id) WHERE status = 'PendingApproval';

-- In which stage an approver decided: one person decides in one.
ALTER TABLE approval_decision ADD COLUMN stage INTEGER NOT NULL DEFAULT 1;

-- Who decides in which stage, from its beginning or as a backup. It has a row for every stage that there can be: a request that
-- stands in one which was taken out of the settings waits for those of the last that is left.
ALTER TABLE role_approver RENAME TO role_approver_of_one_stage;
DROP INDEX role_approver_by_role;
CREATE TABLE role_approver (
    approver_id BLOB NOT NULL,
    role_id BLOB NOT NULL REFERENCES role (id),
    scope TEXT NOT NULL,
    stage INTEGER NOT NULL,
    is_backup INTEGER NOT NULL,
    CONSTRAINT role_approver_once PRIMARY KEY (approver_id, role_id, scope, stage, is_backup)
) STRICT, WITHOUT ROWID;
INSERT INTO role_approver (approver_id, role_id, scope, stage, is_backup)
SELECT approver_id, role_id, scope, number.stage, 0
  FROM role_approver_of_one_stage
 CROSS JOIN (SELECT 1 AS stage UNION ALL SELECT 2 UNION ALL SELECT 3) AS number;
DROP TABLE role_approver_of_one_stage;
CREATE INDEX role_approver_by_role ON role_approver (role_id, scope);
