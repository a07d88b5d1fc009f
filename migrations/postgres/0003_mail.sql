-- What was carried, by what it was about: the list of mails.
CREATE INDEX outbox_by_topic ON outbox (topic, id);
