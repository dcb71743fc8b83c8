-- A new kind of earning rule: what an order brings to whoever shared the link it came by, at a rate as a purchase does.
CREATE TABLE earn_rule_before AS SELECT * FROM earn_rule;
DROP TABLE earn_rule;
CREATE TABLE earn_rule (
    id {id},
    code VARCHAR(40) NOT NULL UNIQUE,
    kind VARCHAR(12) NOT NULL
        CHECK (kind IN ('purchase', 'share', 'check_in', 'first_order', 'review', 'friend', 'birthday')),
    points BIGINT CHECK (points > 0),
    rate BIGINT CHECK (rate > 0),
    multiplier INTEGER NOT NULL DEFAULT 100 CHECK (multiplier >= 100),
    category VARCHAR(200) NOT NULL DEFAULT '',
    every INTEGER NOT NULL DEFAULT 1 CHECK (every > 0),
    starts_at BIGINT,
    ends_at BIGINT,
    daily_cap BIGINT CHECK (daily_cap > 0),
    merchant VARCHAR(40) NOT NULL DEFAULT '',
    CHECK ((kind IN ('purchase', 'share')) = (points IS NULL)),
    CHECK (kind IN ('purchase', 'share') OR rate IS NULL)
);
INSERT INTO earn_rule (code, kind, points, rate, multiplier, category, every, starts_at, ends_at, daily_cap, merchant)
    SELECT code, kind, points, rate, multiplier, category, every, starts_at, ends_at, daily_cap, merchant
    FROM earn_rule_before ORDER BY id;
DROP TABLE earn_rule_before;

-- Whose order an earning is for, when it is not her own: a friend's, or that of somebody who came by her link.
ALTER TABLE earning ADD COLUMN of_person_id BIGINT REFERENCES person (id);
UPDATE earning SET of_person_id = (SELECT o.person_id FROM orders o WHERE o.id = earning.order_id) WHERE kind = 'friend';
CREATE INDEX earning_of_person ON earning (of_person_id) WHERE of_person_id IS NOT NULL;

-- Two accounts that may be one person: what they have in common, and who of the office said that they are two.
CREATE TABLE account_flag (
    id {id},
    person_id BIGINT NOT NULL REFERENCES person (id),
    other_id BIGINT NOT NULL REFERENCES person (id),
    what VARCHAR(8) NOT NULL CHECK (what IN ('phone', 'address')),
    at BIGINT NOT NULL,
    cleared_at BIGINT,
    cleared_by VARCHAR(60),
    UNIQUE (person_id, other_id, what),
    CHECK (person_id < other_id),
    CHECK ((cleared_at IS NULL) = (cleared_by IS NULL))
);
CREATE INDEX account_flag_other ON account_flag (other_id);
CREATE INDEX account_flag_open ON account_flag (at) WHERE cleared_at IS NULL;
CREATE INDEX person_phone ON person (phone) WHERE phone IS NOT NULL;
CREATE INDEX address_phone ON address (phone);
CREATE INDEX address_line ON address (line);
