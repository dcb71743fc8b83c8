-- Who pays the member price, until when.
ALTER TABLE person ADD COLUMN member_until BIGINT;
ALTER TABLE variant ADD COLUMN member_price_minor BIGINT CHECK (member_price_minor >= 0);

-- Ids of the coupons she chose for a draft, with spaces between; null: the best ones, by themselves.
ALTER TABLE checkout ADD COLUMN coupons VARCHAR(200);

-- coupon_minor is what coupons took off the goods, shipping_coupon_minor what they took off delivery. tax_added: it comes on
-- top of the prices, else it is in them. after_return: whether a coupon stays when what is kept no longer reaches its minimum.
ALTER TABLE orders ADD COLUMN coupon_minor BIGINT NOT NULL DEFAULT 0 CHECK (coupon_minor >= 0);
ALTER TABLE orders ADD COLUMN shipping_coupon_minor BIGINT NOT NULL DEFAULT 0 CHECK (shipping_coupon_minor >= 0);
ALTER TABLE orders ADD COLUMN tax_minor BIGINT NOT NULL DEFAULT 0 CHECK (tax_minor >= 0);
ALTER TABLE orders ADD COLUMN tax_added INTEGER NOT NULL DEFAULT 0 CHECK (tax_added IN (0, 1));
ALTER TABLE orders ADD COLUMN after_return VARCHAR(8) NOT NULL DEFAULT 'keep' CHECK (after_return IN ('keep', 'withdraw'));

ALTER TABLE order_line ADD COLUMN price_kind VARCHAR(8) NOT NULL DEFAULT 'list'
    CHECK (price_kind IN ('list', 'flash', 'group', 'member'));
ALTER TABLE order_line ADD COLUMN coupon_minor BIGINT NOT NULL DEFAULT 0 CHECK (coupon_minor >= 0);
ALTER TABLE order_line ADD COLUMN tax_minor BIGINT NOT NULL DEFAULT 0 CHECK (tax_minor >= 0);

-- Who has bought, since when: the others are new customers.
CREATE TABLE buyer (
    person_id BIGINT PRIMARY KEY REFERENCES person (id),
    since BIGINT NOT NULL
);
INSERT INTO buyer (person_id, since) SELECT person_id, MIN(placed_at) FROM orders
    WHERE state NOT IN ('placed', 'cancelled', 'expired') GROUP BY person_id;

-- value is a percentage, or minor units; most_minor bounds what a percentage or free delivery takes off. path: a category and
-- those below. Of one stack only one coupon is used; stacks are applied in the order of their numbers.
CREATE TABLE coupon (
    id {id},
    code VARCHAR(40) NOT NULL UNIQUE,
    names TEXT NOT NULL,
    kind VARCHAR(8) NOT NULL CHECK (kind IN ('percent', 'fixed', 'shipping')),
    currency VARCHAR(3) NOT NULL,
    value BIGINT NOT NULL CHECK (value >= 0),
    most_minor BIGINT CHECK (most_minor > 0),
    minimum_minor BIGINT NOT NULL DEFAULT 0 CHECK (minimum_minor >= 0),
    path VARCHAR(200) NOT NULL DEFAULT '',
    newcomers INTEGER NOT NULL DEFAULT 0 CHECK (newcomers IN (0, 1)),
    collectable INTEGER NOT NULL DEFAULT 1 CHECK (collectable IN (0, 1)),
    stack INTEGER NOT NULL DEFAULT 1 CHECK (stack BETWEEN 1 AND 4),
    total BIGINT CHECK (total > 0),
    per_person BIGINT NOT NULL DEFAULT 1 CHECK (per_person > 0),
    used BIGINT NOT NULL DEFAULT 0 CHECK (used >= 0),
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    withdrawn_at BIGINT,
    CHECK (total IS NULL OR used <= total),
    CHECK (kind <> 'percent' OR value BETWEEN 1 AND 100),
    CHECK (starts_at < ends_at)
);

-- She has it, since she collected it or typed its code; most is what it allowed a person when she used it last.
CREATE TABLE coupon_holder (
    id {id},
    coupon_id BIGINT NOT NULL REFERENCES coupon (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    used BIGINT NOT NULL DEFAULT 0 CHECK (used >= 0),
    most BIGINT NOT NULL,
    at BIGINT NOT NULL,
    CHECK (used <= most),
    UNIQUE (coupon_id, person_id)
);
CREATE INDEX coupon_holder_person ON coupon_holder (person_id);

-- What a coupon did for an order, in the terms of that day; shares are by line in its order, null for those it was not for.
CREATE TABLE coupon_use (
    id {id},
    coupon_id BIGINT NOT NULL REFERENCES coupon (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    order_id BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    minimum_minor BIGINT NOT NULL,
    shares TEXT NOT NULL,
    state VARCHAR(10) NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'given_back')),
    at BIGINT NOT NULL,
    UNIQUE (order_id, coupon_id)
);
CREATE INDEX coupon_use_coupon ON coupon_use (coupon_id);

-- The quota lies at one place, held there. taken: by orders; offered: pieces that came back, each for one who waits.
CREATE TABLE flash_sale (
    id {id},
    code VARCHAR(40) NOT NULL UNIQUE,
    variant_id BIGINT NOT NULL REFERENCES variant (id),
    place_id BIGINT NOT NULL REFERENCES place (id),
    price_minor BIGINT NOT NULL CHECK (price_minor >= 0),
    quota BIGINT NOT NULL CHECK (quota >= 0),
    per_person BIGINT NOT NULL CHECK (per_person > 0),
    taken BIGINT NOT NULL DEFAULT 0 CHECK (taken >= 0),
    offered BIGINT NOT NULL DEFAULT 0 CHECK (offered >= 0),
    offer_minutes INTEGER NOT NULL CHECK (offer_minutes > 0),
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    closed_at BIGINT,
    CHECK (taken + offered <= quota),
    CHECK (starts_at < ends_at)
);
CREATE INDEX flash_sale_open ON flash_sale (variant_id) WHERE closed_at IS NULL;

CREATE TABLE flash_buyer (
    id {id},
    sale_id BIGINT NOT NULL REFERENCES flash_sale (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    taken BIGINT NOT NULL CHECK (taken >= 0),
    most BIGINT NOT NULL,
    CHECK (taken <= most),
    UNIQUE (sale_id, person_id)
);

CREATE TABLE flash_use (
    id {id},
    sale_id BIGINT NOT NULL REFERENCES flash_sale (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    order_id BIGINT NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    state VARCHAR(10) NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'given_back')),
    at BIGINT NOT NULL,
    UNIQUE (order_id, sale_id)
);

-- First come, first offered: by id.
CREATE TABLE flash_waiter (
    id {id},
    sale_id BIGINT NOT NULL REFERENCES flash_sale (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    state VARCHAR(8) NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'offered', 'taken', 'missed', 'over')),
    offered_until BIGINT,
    at BIGINT NOT NULL
);
CREATE UNIQUE INDEX flash_waiter_once ON flash_waiter (sale_id, person_id) WHERE state IN ('waiting', 'offered');
CREATE INDEX flash_waiter_offered ON flash_waiter (offered_until) WHERE state = 'offered';

CREATE TABLE flash_alarm (
    id {id},
    sale_id BIGINT NOT NULL REFERENCES flash_sale (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    told_at BIGINT,
    UNIQUE (sale_id, person_id)
);
