-- The next rows to leave are found without sorting all that wait.
CREATE INDEX outbox_next ON outbox (bot_id, priority, id) WHERE state = 'pending';
