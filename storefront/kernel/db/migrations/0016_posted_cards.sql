-- A card that a customer posted in some other chat by inline mode: known by this number and no other.
ALTER TABLE card ADD COLUMN inline_message_id VARCHAR(200);
CREATE UNIQUE INDEX card_inline ON card (bot_id, inline_message_id) WHERE inline_message_id IS NOT NULL;
ALTER TABLE group_card ADD COLUMN posted INTEGER NOT NULL DEFAULT 0;
