-- request: what was asked for, from the edge on, so that a letter's delivery can be told with it.
ALTER TABLE outbox ADD COLUMN request VARCHAR(80);
-- dropped_at: the office looked at what is dead, and does not want it tried again.
ALTER TABLE outbox ADD COLUMN dropped_at BIGINT;
ALTER TABLE inbox ADD COLUMN dropped_at BIGINT;
CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead' AND dropped_at IS NULL;
CREATE INDEX inbox_dead ON inbox (id) WHERE state = 'dead' AND dropped_at IS NULL;
CREATE INDEX refund_desk ON refund (id) WHERE state = 'desk';
-- One row, written to see whether the database still takes anything.
CREATE TABLE probe (
    id INTEGER NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
);
