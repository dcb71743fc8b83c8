-- In which message of the agents' group a photo stands.
CREATE TABLE support_photo_post (
    photo_id BIGINT PRIMARY KEY REFERENCES support_photo (id),
    group_number BIGINT NOT NULL
);
CREATE INDEX support_photo_post_group ON support_photo_post (group_number);
-- Until now they went along with what was said.
INSERT INTO support_photo_post (photo_id, group_number)
    SELECT p.id, 0 FROM support_photo p JOIN support_message m ON m.id = p.message_id
    JOIN support_topic t ON t.case_id = m.case_id WHERE m.id <= t.seen_id AND p.file_hash IS NOT NULL;
-- error: why Telegram would not have a topic as its case is; tried again from not_before on.
ALTER TABLE support_topic ADD COLUMN error VARCHAR(300);
ALTER TABLE support_topic ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE support_topic ADD COLUMN not_before BIGINT NOT NULL DEFAULT 0;
