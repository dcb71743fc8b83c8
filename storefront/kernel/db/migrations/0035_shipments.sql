-- Of a line's pieces: `shipped` have left the house, `returned` of those were given back. Those given back in the house
-- are credited - returned; what is neither is here still.
ALTER TABLE order_line ADD COLUMN shipped INTEGER NOT NULL DEFAULT 0 CHECK (shipped >= 0 AND shipped <= quantity);
ALTER TABLE order_line ADD COLUMN returned INTEGER NOT NULL DEFAULT 0
    CHECK (returned >= 0 AND returned <= shipped AND returned <= credited AND shipped + credited - returned <= quantity);
-- Until now an order left whole: all that its stock says was sold.
UPDATE order_line SET (shipped, returned) =
    (SELECT SUM(m.quantity), order_line.credited + SUM(m.quantity) - order_line.quantity FROM stock_move m
        WHERE m.order_id = order_line.order_id AND m.variant_id = order_line.variant_id AND m.kind = 'sell')
    WHERE EXISTS (SELECT 1 FROM stock_move s
        WHERE s.order_id = order_line.order_id AND s.variant_id = order_line.variant_id AND s.kind = 'sell');
-- What waits to be sent.
CREATE INDEX orders_confirmed ON orders (id) WHERE state = 'confirmed';

-- A parcel, or whatever leaves at once. `partial`: something of the order stayed here when it left. `made_good_at`: it did
-- not arrive, and that was settled. `asked_at`: when its carrier was last asked.
CREATE TABLE shipment (
    id {id},
    order_id BIGINT NOT NULL REFERENCES orders (id),
    number VARCHAR(30) NOT NULL UNIQUE,
    carrier VARCHAR(40) NOT NULL,
    tracking VARCHAR(60) NOT NULL,
    state VARCHAR(10) NOT NULL DEFAULT 'left' CHECK (state IN ('left', 'moving', 'out', 'delivered', 'lost', 'returned')),
    partial INTEGER NOT NULL DEFAULT 0,
    actor VARCHAR(60) NOT NULL,
    key VARCHAR(120) NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    heard_at BIGINT NOT NULL,
    asked_at BIGINT NOT NULL DEFAULT 0,
    made_good_at BIGINT
);
CREATE INDEX shipment_order ON shipment (order_id, id);
CREATE INDEX shipment_asked ON shipment (carrier, asked_at) WHERE state IN ('left', 'moving', 'out');
CREATE INDEX shipment_heard ON shipment (heard_at) WHERE state IN ('left', 'moving', 'out');

CREATE TABLE shipment_line (
    shipment_id BIGINT NOT NULL REFERENCES shipment (id),
    order_line_id BIGINT NOT NULL REFERENCES order_line (id),
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (shipment_id, order_line_id)
);
CREATE INDEX shipment_line_line ON shipment_line (order_line_id);

-- What the carrier said, once by its own number of it.
CREATE TABLE shipment_event (
    id {id},
    shipment_id BIGINT NOT NULL REFERENCES shipment (id),
    event VARCHAR(80) NOT NULL,
    kind VARCHAR(10) NOT NULL CHECK (kind IN ('moving', 'out', 'delivered', 'lost', 'returned')),
    place VARCHAR(120) NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (shipment_id, event)
);

-- Rows of warehouses' files that were taken, by their content.
CREATE TABLE shipment_row (
    key VARCHAR(64) PRIMARY KEY,
    shipment_id BIGINT NOT NULL REFERENCES shipment (id)
);

-- What the shop found late or missing by itself: once each.
CREATE TABLE shipment_trouble (
    id {id},
    order_id BIGINT NOT NULL REFERENCES orders (id),
    shipment_id BIGINT REFERENCES shipment (id),
    what VARCHAR(10) NOT NULL CHECK (what IN ('late', 'silent', 'lost', 'returned')),
    key VARCHAR(60) NOT NULL UNIQUE,
    at BIGINT NOT NULL
);
CREATE INDEX shipment_trouble_order ON shipment_trouble (order_id);

-- A wish about what has left of an order of which something is here still.
ALTER TABLE support_case ADD COLUMN of_left INTEGER NOT NULL DEFAULT 0;
-- A decision about what is here still.
ALTER TABLE support_decision ADD COLUMN here INTEGER NOT NULL DEFAULT 0;
