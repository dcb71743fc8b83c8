-- What customers and agents send one another is shown to those two only; what items show, to everybody.
ALTER TABLE file ADD COLUMN private INTEGER NOT NULL DEFAULT 0;
CREATE INDEX support_message_card ON support_message (card_id) WHERE card_id IS NOT NULL;
