-- Goods that come back before money does: the code on the parcel or for the branch, how she sends them, when they came.
ALTER TABLE support_decision ADD COLUMN goods_first INTEGER NOT NULL DEFAULT 0;
CREATE TABLE support_return (
    id {id},
    decision_id BIGINT NOT NULL UNIQUE REFERENCES support_decision (id),
    code VARCHAR(12) NOT NULL UNIQUE,
    tracking VARCHAR(60),
    sent_at BIGINT,
    arrived_at BIGINT,
    ended_at BIGINT,
    at BIGINT NOT NULL
);
CREATE INDEX support_return_open ON support_return (at) WHERE ended_at IS NULL;
