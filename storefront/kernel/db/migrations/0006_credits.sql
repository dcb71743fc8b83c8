-- How many pieces of a line were credited, and how much of a charge is on its way back: never more than there was.
ALTER TABLE order_line ADD COLUMN credited INTEGER NOT NULL DEFAULT 0 CHECK (credited >= 0 AND credited <= quantity);
ALTER TABLE charge ADD COLUMN refunding_minor BIGINT NOT NULL DEFAULT 0
    CHECK (refunding_minor >= 0 AND refunding_minor <= amount_minor);
UPDATE charge SET refunding_minor = amount_minor WHERE state = 'to_refund';

-- What was given back of an order, in points and in money (minor units of the order's currency).
CREATE TABLE credit_note (
    id {id},
    order_id BIGINT NOT NULL REFERENCES orders (id),
    key VARCHAR(120) NOT NULL UNIQUE,
    cause VARCHAR(80) NOT NULL,
    actor VARCHAR(60) NOT NULL,
    points BIGINT NOT NULL DEFAULT 0 CHECK (points >= 0),
    money_minor BIGINT NOT NULL DEFAULT 0 CHECK (money_minor >= 0),
    at BIGINT NOT NULL
);
CREATE INDEX credit_note_order ON credit_note (order_id);

CREATE TABLE credit_line (
    id {id},
    note_id BIGINT NOT NULL REFERENCES credit_note (id),
    order_line_id BIGINT NOT NULL REFERENCES order_line (id),
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    points BIGINT NOT NULL CHECK (points >= 0),
    money_minor BIGINT NOT NULL CHECK (money_minor >= 0),
    UNIQUE (note_id, order_line_id)
);
