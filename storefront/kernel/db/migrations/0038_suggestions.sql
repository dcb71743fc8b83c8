-- What a customer lets us use what we know of her for; without a row: not.
CREATE TABLE consent (
    person_id BIGINT NOT NULL REFERENCES person (id),
    purpose VARCHAR(20) NOT NULL CHECK (purpose IN ('suggestions')),
    at BIGINT NOT NULL,
    PRIMARY KEY (person_id, purpose)
);
-- What those who let us have bought, and with whom (the deal of the order; empty: alone): what suggestions are made of.
CREATE TABLE bought (
    person_id BIGINT NOT NULL REFERENCES person (id),
    item_id BIGINT NOT NULL REFERENCES item (id),
    deal VARCHAR(60) NOT NULL DEFAULT '',
    at BIGINT NOT NULL,
    PRIMARY KEY (person_id, item_id, deal)
);
CREATE INDEX bought_item ON bought (item_id, at);
CREATE INDEX bought_deal ON bought (deal) WHERE deal <> '';
