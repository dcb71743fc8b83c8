-- What an order's points pay instead of money counts towards its customer's limit of that day; what gifts cost does not.
-- Days are counted in the shop's time zone, from 1 January of the year 1.
CREATE TABLE point_spending (
    order_id BIGINT PRIMARY KEY,
    person_id BIGINT NOT NULL REFERENCES person (id),
    day INTEGER NOT NULL,
    points BIGINT NOT NULL CHECK (points > 0)
);
CREATE INDEX point_spending_person ON point_spending (person_id, day);
CREATE INDEX point_spending_day ON point_spending (day);

-- Most pieces of a gift that one customer can have.
ALTER TABLE variant ADD COLUMN gift_limit INTEGER CHECK (gift_limit > 0);
