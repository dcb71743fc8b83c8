-- How points are earned. rate: points for each 100 minor units of money paid; multiplier in percent, for a campaign;
-- every: a check-in rule pays on each so many-th day in a row.
CREATE TABLE earn_rule (
    id {id},
    code VARCHAR(40) NOT NULL UNIQUE,
    kind VARCHAR(12) NOT NULL
        CHECK (kind IN ('purchase', 'check_in', 'first_order', 'review', 'friend', 'birthday')),
    points BIGINT CHECK (points > 0),
    rate BIGINT CHECK (rate > 0),
    multiplier INTEGER NOT NULL DEFAULT 100 CHECK (multiplier >= 100),
    category VARCHAR(200) NOT NULL DEFAULT '',
    every INTEGER NOT NULL DEFAULT 1 CHECK (every > 0),
    starts_at BIGINT,
    ends_at BIGINT,
    daily_cap BIGINT CHECK (daily_cap > 0),
    CHECK ((kind = 'purchase') = (points IS NULL)),
    CHECK (kind = 'purchase' OR rate IS NULL)
);

-- What was earned by which rule; it is pending until ready_at. What comes back of its pieces is taken off in proportion.
CREATE TABLE earning (
    id {id},
    person_id BIGINT NOT NULL REFERENCES person (id),
    kind VARCHAR(12) NOT NULL,
    rule VARCHAR(40) NOT NULL,
    points BIGINT NOT NULL CHECK (points > 0),
    order_id BIGINT,
    order_line_id BIGINT,
    quantity INTEGER NOT NULL DEFAULT 1 CHECK (quantity > 0),
    returned INTEGER NOT NULL DEFAULT 0 CHECK (returned >= 0),
    key VARCHAR(120) NOT NULL UNIQUE,
    due_at BIGINT,
    ready_at BIGINT,
    at BIGINT NOT NULL,
    CHECK (returned <= quantity)
);
CREATE INDEX earning_order ON earning (order_id);
CREATE INDEX earning_due ON earning (due_at) WHERE ready_at IS NULL;
CREATE INDEX earning_person ON earning (person_id);

-- How much of a rule's daily cap a person has used; the row is the lock.
CREATE TABLE earned_today (
    person_id BIGINT NOT NULL REFERENCES person (id),
    rule VARCHAR(40) NOT NULL,
    day INTEGER NOT NULL,
    points BIGINT NOT NULL CHECK (points >= 0),
    PRIMARY KEY (person_id, rule, day)
);

-- Days are counted in the shop's time zone, from 1 January of the year 1.
CREATE TABLE check_in (
    id {id},
    person_id BIGINT NOT NULL REFERENCES person (id),
    day INTEGER NOT NULL,
    streak INTEGER NOT NULL CHECK (streak > 0),
    at BIGINT NOT NULL,
    UNIQUE (person_id, day)
);

CREATE TABLE invite_code (
    person_id BIGINT PRIMARY KEY REFERENCES person (id),
    code VARCHAR(20) NOT NULL UNIQUE
);

-- Who came because of whom: a person comes once.
CREATE TABLE invite (
    person_id BIGINT PRIMARY KEY REFERENCES person (id),
    inviter_id BIGINT NOT NULL REFERENCES person (id),
    at BIGINT NOT NULL,
    CHECK (person_id <> inviter_id)
);
CREATE INDEX invite_inviter ON invite (inviter_id);

-- Points on their way to a friend: whoever opens the link first has them, else they go back to their lots.
CREATE TABLE point_gift (
    id {id},
    person_id BIGINT NOT NULL REFERENCES person (id),
    taker_id BIGINT REFERENCES person (id),
    points BIGINT NOT NULL CHECK (points > 0),
    code_hash VARCHAR(64) NOT NULL UNIQUE,
    key VARCHAR(120) NOT NULL UNIQUE,
    state VARCHAR(8) NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'taken', 'returned')),
    day INTEGER NOT NULL,
    expires_at BIGINT NOT NULL,
    at BIGINT NOT NULL,
    done_at BIGINT
);
CREATE INDEX point_gift_open ON point_gift (expires_at) WHERE state = 'open';
CREATE INDEX point_gift_person ON point_gift (person_id, day);

CREATE TABLE point_gift_part (
    id {id},
    gift_id BIGINT NOT NULL REFERENCES point_gift (id),
    lot_id BIGINT NOT NULL REFERENCES point_lot (id),
    amount BIGINT NOT NULL CHECK (amount > 0),
    UNIQUE (gift_id, lot_id)
);

-- When the customer was reminded that these end.
ALTER TABLE point_lot ADD COLUMN told_at BIGINT;
CREATE INDEX point_lot_ending ON point_lot (expires_at) WHERE remaining > 0;

-- MM-DD: the shop asks nobody's age.
ALTER TABLE person ADD COLUMN birthday VARCHAR(5);
ALTER TABLE person ADD COLUMN birthday_at BIGINT;
CREATE INDEX person_birthday ON person (birthday) WHERE birthday IS NOT NULL;
