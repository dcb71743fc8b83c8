CREATE INDEX support_case_snoozed ON support_case (snoozed_until) WHERE snoozed_until IS NOT NULL;
