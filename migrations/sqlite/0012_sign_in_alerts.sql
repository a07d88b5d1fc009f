-- The alerts of failed sign-ins are few among many events, and the page of the sign-in log shows the latest.
CREATE INDEX audit_event_of_alert ON audit_event (seq) WHERE activity = 'Repeated sign-in failures';
