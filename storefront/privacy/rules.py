"""What is handed out of a customer, what is taken away, and what stays; one table of all tables. Pure."""

from storefront.kernel.errors import N_, Refusal

# Hers by this column, or through what is hers. `{people}` are her numbers: an account that was joined into hers is hers too.
OWN = {
    "person": "id IN ({people})",
    "channel": "person_id IN ({people})",
    "address": "person_id IN ({people})",
    "searched": "person_id IN ({people})",
    "search_wish": "person_id IN ({people})",
    "search_reworded": "person_id IN ({people})",
    "search_photo": "person_id IN ({people})",
    "consent": "person_id IN ({people})",
    "bought": "person_id IN ({people})",
    "cart_line": "person_id IN ({people})",
    "habit": "person_id IN ({people})",
    "orders": "person_id IN ({people})",
    "order_line": "order_id IN (SELECT id FROM orders WHERE person_id IN ({people}))",
    "order_event": "order_id IN (SELECT id FROM orders WHERE person_id IN ({people}))",
    "shipment": "order_id IN (SELECT id FROM orders WHERE person_id IN ({people}))",
    "shipment_line": "shipment_id IN (SELECT s.id FROM shipment s JOIN orders o ON o.id = s.order_id"
    " WHERE o.person_id IN ({people}))",
    "shipment_event": "shipment_id IN (SELECT s.id FROM shipment s JOIN orders o ON o.id = s.order_id"
    " WHERE o.person_id IN ({people}))",
    "tax_request": "order_id IN (SELECT id FROM orders WHERE person_id IN ({people}))",
    "charge": "person_id IN ({people})",
    "refund": "charge_id IN (SELECT id FROM charge WHERE person_id IN ({people}))",
    "point_lot": "person_id IN ({people})",
    "earning": "person_id IN ({people})",
    "check_in": "person_id IN ({people})",
    "point_gift": "person_id IN ({people})",
    "customer_link": "person_id IN ({people})",
    "partner_grant": "person_id IN ({people})",
    "share_link": "person_id IN ({people})",
    "share_start": "person_id IN ({people})",
    "share_order": "person_id IN ({people})",
    "group_seat": "person_id IN ({people})",
    "support_case": "person_id IN ({people})",
    "support_case_event": "case_id IN (SELECT id FROM support_case WHERE person_id IN ({people}))",
    # Not what those who work here said among themselves.
    "support_message": "author <> 'note' AND case_id IN (SELECT id FROM support_case WHERE person_id IN ({people}))",
    "support_decision": "case_id IN (SELECT id FROM support_case WHERE person_id IN ({people}))",
    "inbox": "user_id IN (SELECT c.user_id FROM channel c WHERE c.bot_id = inbox.bot_id AND c.person_id IN ({people}))",
    "outbox": "person_id IN ({people})",
}

# In this order: who she is in a channel goes last. Numbers, sums and dates stay; words, names and addresses go.
GOES = """
DELETE FROM searched WHERE person_id IN ({people});
DELETE FROM search_reworded WHERE person_id IN ({people});
DELETE FROM search_wish WHERE person_id IN ({people});
DELETE FROM search_photo WHERE person_id IN ({people});
DELETE FROM consent WHERE person_id IN ({people});
DELETE FROM bought WHERE person_id IN ({people});
DELETE FROM cart_line WHERE person_id IN ({people});
DELETE FROM habit WHERE person_id IN ({people});
DELETE FROM link_code WHERE person_id IN ({people});
DELETE FROM link_try WHERE person_id IN ({people});
DELETE FROM dialogue WHERE EXISTS (SELECT 1 FROM channel c WHERE c.bot_id = dialogue.bot_id AND c.user_id = dialogue.chat_id
    AND c.person_id IN ({people}));
UPDATE support_photo SET file_id = NULL, file_hash = NULL, error = 'erased' WHERE message_id IN (SELECT m.id
    FROM support_message m JOIN support_case c ON c.id = m.case_id WHERE c.person_id IN ({people}));
UPDATE support_message SET text = '', chat_id = NULL, message_id = NULL
    WHERE case_id IN (SELECT id FROM support_case WHERE person_id IN ({people}));
DELETE FROM support_tag WHERE case_id IN (SELECT id FROM support_case WHERE person_id IN ({people}));
UPDATE tax_request SET title = '', tax_number = ''
    WHERE order_id IN (SELECT id FROM orders WHERE person_id IN ({people}));
UPDATE shipment SET tracking = '' WHERE order_id IN (SELECT id FROM orders WHERE person_id IN ({people}));
UPDATE shipment_event SET place = '' WHERE shipment_id IN (SELECT s.id FROM shipment s JOIN orders o ON o.id = s.order_id
    WHERE o.person_id IN ({people}));
UPDATE address SET recipient = '', phone = '', line = '', removed_at = COALESCE(removed_at, {now})
    WHERE person_id IN ({people});
UPDATE customer_link SET customer = '', ended_at = COALESCE(ended_at, {now}) WHERE person_id IN ({people});
UPDATE partner_grant SET customer = '' WHERE person_id IN ({people});
UPDATE inbox SET payload = '{{}}', chat_id = NULL, user_id = NULL WHERE EXISTS (SELECT 1 FROM channel c
    WHERE c.bot_id = inbox.bot_id AND c.user_id = inbox.user_id AND c.person_id IN ({people}));
DELETE FROM outbox WHERE state = 'pending' AND person_id IN ({people});
UPDATE outbox SET payload = '{{}}', chat_id = 0, person_id = NULL WHERE person_id IN ({people});
UPDATE card SET chat_id = 0, message_id = NULL WHERE EXISTS (SELECT 1 FROM channel c WHERE c.bot_id = card.bot_id
    AND c.user_id = card.chat_id AND c.person_id IN ({people}));
DELETE FROM channel WHERE person_id IN ({people});
UPDATE person SET name = '', phone = NULL, birthday = NULL, member_until = NULL, erased_at = {now} WHERE id IN ({people})
"""


class Busy(Refusal):
    """Something of hers is open: it is brought to its end first."""

    text = N_("Order or case %(number)s of this customer is open. Bring it to its end first, then erase her.")
