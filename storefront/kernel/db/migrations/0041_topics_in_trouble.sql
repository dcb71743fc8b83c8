-- Each page of a lead's queue asks whether there is one.
CREATE INDEX support_topic_trouble ON support_topic (not_before) WHERE error IS NOT NULL;
