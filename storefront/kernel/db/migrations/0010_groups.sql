-- A deal is a price that an order may have because of what it is part of, such as a group: `deal` says of what, in the words of
-- the noun that made it. deal_most: pieces; deal_place_id: where they lie set aside; deal_points: whether points may be used.
ALTER TABLE checkout ADD COLUMN deal VARCHAR(60);
ALTER TABLE checkout ADD COLUMN deal_minor BIGINT CHECK (deal_minor >= 0);
ALTER TABLE checkout ADD COLUMN deal_most INTEGER;
ALTER TABLE checkout ADD COLUMN deal_place_id BIGINT;
ALTER TABLE checkout ADD COLUMN deal_points INTEGER;

-- A paid order with a deal waits in `paid` until the deal comes true, or until what was paid for it is given back.
ALTER TABLE orders ADD COLUMN deal VARCHAR(60);

-- On which terms groups may be opened. steps: [[people, price_minor], ...], the fewest people and the highest price first;
-- needed is the first step's people, size the last one's. taken: pieces of the quota, which lies at one place.
CREATE TABLE group_campaign (
    id {id},
    code VARCHAR(40) NOT NULL UNIQUE,
    variant_id BIGINT NOT NULL REFERENCES variant (id),
    steps TEXT NOT NULL,
    minutes INTEGER NOT NULL CHECK (minutes > 0),
    quota BIGINT CHECK (quota > 0),
    place_id BIGINT REFERENCES place (id),
    taken BIGINT NOT NULL DEFAULT 0 CHECK (taken >= 0),
    pieces INTEGER NOT NULL CHECK (pieces > 0),
    per_person INTEGER NOT NULL CHECK (per_person > 0),
    newcomers INTEGER NOT NULL CHECK (newcomers IN (0, 1)),
    points INTEGER NOT NULL CHECK (points IN (0, 1)),
    strangers INTEGER NOT NULL CHECK (strangers IN (0, 1)),
    leader_points BIGINT NOT NULL CHECK (leader_points >= 0),
    leader_percent INTEGER NOT NULL CHECK (leader_percent BETWEEN 0 AND 100),
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    closed_at BIGINT,
    CHECK (quota IS NULL OR taken <= quota),
    CHECK ((quota IS NULL) = (place_id IS NULL)),
    CHECK (starts_at < ends_at)
);
CREATE INDEX group_campaign_open ON group_campaign (variant_id) WHERE closed_at IS NULL;

-- A group keeps the steps of the day it was opened. A seat is taken when its order is placed; paid = size: it succeeded.
CREATE TABLE group_buy (
    id {id},
    code VARCHAR(20) NOT NULL UNIQUE,
    campaign_id BIGINT NOT NULL REFERENCES group_campaign (id),
    leader_id BIGINT NOT NULL REFERENCES person (id),
    steps TEXT NOT NULL,
    needed INTEGER NOT NULL CHECK (needed >= 2),
    size INTEGER NOT NULL CHECK (size <= 500),
    taken INTEGER NOT NULL DEFAULT 0,
    paid INTEGER NOT NULL DEFAULT 0,
    state VARCHAR(10) NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'succeeded', 'failed')),
    cause VARCHAR(20),
    opened_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    closed_at BIGINT,
    nudged INTEGER NOT NULL DEFAULT 0,
    CHECK (0 <= paid AND paid <= taken AND taken <= size),
    CHECK (needed <= size),
    CHECK (state <> 'succeeded' OR paid >= needed),
    CHECK ((state = 'open') = (closed_at IS NULL))
);
CREATE INDEX group_buy_open ON group_buy (ends_at) WHERE state = 'open';
CREATE INDEX group_buy_campaign ON group_buy (campaign_id) WHERE state = 'open';
CREATE INDEX group_buy_leader ON group_buy (leader_id, opened_at);

-- late: paid when the group had ended. settled_at: its order was confirmed, or paid back, as the group's end says. back_minor:
-- what the step that was reached gave back. twin: the accounts of one person were joined, and both had been in the group.
CREATE TABLE group_seat (
    id {id},
    group_id BIGINT NOT NULL REFERENCES group_buy (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    order_id BIGINT NOT NULL UNIQUE,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    newcomer INTEGER NOT NULL CHECK (newcomer IN (0, 1)),
    state VARCHAR(8) NOT NULL DEFAULT 'taken' CHECK (state IN ('taken', 'paid', 'late', 'lost', 'left')),
    back_minor BIGINT NOT NULL DEFAULT 0 CHECK (back_minor >= 0),
    twin BIGINT NOT NULL DEFAULT 0,
    at BIGINT NOT NULL,
    settled_at BIGINT
);
CREATE UNIQUE INDEX group_seat_once ON group_seat (group_id, person_id, twin) WHERE state IN ('taken', 'paid', 'late');
CREATE UNIQUE INDEX group_seat_newcomer ON group_seat (person_id, twin)
    WHERE newcomer = 1 AND settled_at IS NULL AND state IN ('taken', 'paid');
CREATE INDEX group_seat_person ON group_seat (person_id, id);
CREATE INDEX group_seat_unsettled ON group_seat (group_id) WHERE settled_at IS NULL AND state IN ('taken', 'paid', 'late');

-- How many seats a customer has in the groups of a campaign; the row is the lock.
CREATE TABLE group_buyer (
    id {id},
    campaign_id BIGINT NOT NULL REFERENCES group_campaign (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    taken INTEGER NOT NULL CHECK (taken >= 0),
    most INTEGER NOT NULL,
    CHECK (taken <= most),
    UNIQUE (campaign_id, person_id)
);
