-- An order of which every piece came back gives its coupons back: also those of before this version.
UPDATE coupon_use SET state = 'given_back' WHERE state = 'active' AND order_id IN
    (SELECT order_id FROM order_line GROUP BY order_id HAVING SUM(quantity - credited) = 0);
UPDATE coupon_holder SET used = (SELECT COUNT(*) FROM coupon_use u WHERE u.coupon_id = coupon_holder.coupon_id
    AND u.person_id = coupon_holder.person_id AND u.state = 'active');
UPDATE coupon SET used = (SELECT COUNT(*) FROM coupon_use u WHERE u.coupon_id = coupon.id AND u.state = 'active');

-- What money without pieces took off an earning: so much of the money for the pieces that were kept.
ALTER TABLE earning ADD COLUMN compensated_minor BIGINT NOT NULL DEFAULT 0 CHECK (compensated_minor >= 0);
ALTER TABLE earning ADD COLUMN of_minor BIGINT NOT NULL DEFAULT 1 CHECK (of_minor > 0 AND compensated_minor <= of_minor);
