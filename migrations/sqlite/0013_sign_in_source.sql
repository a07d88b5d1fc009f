-- An alert about an address leads to what came from there.
CREATE INDEX sign_in_by_source ON sign_in (source, id) WHERE source IS NOT NULL;
