-- News that time makes, news that goes its way apart from the rest, and the end of what was carried.

-- How far the worker has come in what it reads in an order: the ends of assignments, the weeks.
CREATE TABLE worker_cursor (
    name TEXT PRIMARY KEY NOT NULL,
    at TEXT NOT NULL,
    id BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- How far each webhook has come in the chain of audit events.
CREATE TABLE webhook_cursor (
    webhook TEXT PRIMARY KEY NOT NULL,
    seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Mails and webhooks have lanes of their own: what is due in one does not wait for the others.
DROP INDEX outbox_due;
CREATE INDEX outbox_due_news ON outbox (due_at, id)
    WHERE state IN ('queued', 'claimed') AND topic <> 'mail' AND topic <> 'webhook';
CREATE INDEX outbox_due_mail ON outbox (due_at, id) WHERE state IN ('queued', 'claimed') AND (topic = 'mail') IS TRUE;
CREATE INDEX outbox_due_webhook ON outbox (due_at, id) WHERE state IN ('queued', 'claimed') AND (topic = 'webhook') IS TRUE;

-- What was carried is forgotten after a while, mails later than the rest.
CREATE INDEX outbox_done_mail ON outbox (created_at) WHERE state = 'done' AND (topic = 'mail') IS TRUE;
CREATE INDEX outbox_done_news ON outbox (created_at) WHERE state = 'done' AND topic <> 'mail';
