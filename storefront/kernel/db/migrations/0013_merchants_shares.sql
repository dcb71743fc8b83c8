-- What the shop keeps of what a merchant's things sell for, in hundredths of a percent; NULL: as the setting says.
ALTER TABLE merchant ADD COLUMN commission_basis_points INTEGER CHECK (commission_basis_points BETWEEN 0 AND 10000);

-- Whose a line's things are (NULL: the shop's own, and all that was ordered before this version) and the commission on them, as it
-- was when they were ordered. gift_minor: what the points that gifts cost are worth.
ALTER TABLE order_line ADD COLUMN merchant_id BIGINT REFERENCES merchant (id);
ALTER TABLE order_line ADD COLUMN commission_basis_points INTEGER NOT NULL DEFAULT 0
    CHECK (commission_basis_points BETWEEN 0 AND 10000);
ALTER TABLE order_line ADD COLUMN gift_minor BIGINT NOT NULL DEFAULT 0 CHECK (gift_minor >= 0);
CREATE INDEX order_line_of_merchants ON order_line (order_id) WHERE merchant_id IS NOT NULL;
