-- An alert about an address leads to what came from there; of one address there may be very much.
CREATE INDEX sign_in_by_source ON sign_in (source, id) WHERE source IS NOT NULL;
CREATE INDEX sign_in_by_source_result ON sign_in (source, result, id) WHERE source IS NOT NULL;
