-- Whose things the shop sells; what coupons and earning rules may be bound to, empty for everybody's.
CREATE TABLE merchant (
    id {id},
    code VARCHAR(40) NOT NULL UNIQUE,
    name VARCHAR(200) NOT NULL,
    since BIGINT NOT NULL
);
ALTER TABLE item ADD COLUMN merchant VARCHAR(40) REFERENCES merchant (code);
ALTER TABLE coupon ADD COLUMN merchant VARCHAR(40) NOT NULL DEFAULT '';
ALTER TABLE earn_rule ADD COLUMN merchant VARCHAR(40) NOT NULL DEFAULT '';

-- Until when (epoch microseconds) a key's calls so far fill its bucket, which empties evenly.
ALTER TABLE partner_key ADD COLUMN called_until BIGINT NOT NULL DEFAULT 0;
