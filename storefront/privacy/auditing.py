"""Where personal data is, as auditors are given it; of who was erased there is none."""

from storefront.kernel import db
from storefront.kernel.auditing import Rows

# table | whose | what | from where. Of what is written freely, only where it stands is told.
_HELD = """
person | id | name | person WHERE name <> ''
person | id | phone | person WHERE phone IS NOT NULL
person | id | birthday | person WHERE birthday IS NOT NULL
channel | person_id | username | channel WHERE username IS NOT NULL
channel | person_id | CAST(user_id AS VARCHAR(20)) | channel
address | person_id | recipient | address WHERE recipient <> ''
address | person_id | phone | address WHERE phone <> ''
address | person_id | line | address WHERE line <> ''
tax_request | o.person_id | t.title | tax_request t JOIN orders o ON o.id = t.order_id WHERE t.title <> ''
tax_request | o.person_id | t.tax_number | tax_request t JOIN orders o ON o.id = t.order_id WHERE t.tax_number <> ''
searched | person_id | 'row ' || id | searched
dialogue | c.person_id | 'row ' || d.id | dialogue d JOIN channel c ON c.bot_id = d.bot_id AND c.user_id = d.chat_id
support_message | c.person_id | 'row ' || m.id | support_message m JOIN support_case c ON c.id = m.case_id WHERE m.text <> ''
support_photo | c.person_id | 'row ' || p.id | support_photo p JOIN support_message m ON m.id = p.message_id\
 JOIN support_case c ON c.id = m.case_id WHERE p.file_hash IS NOT NULL
inbox | c.person_id | 'row ' || i.id | inbox i JOIN channel c ON c.bot_id = i.bot_id AND c.user_id = i.user_id
outbox | person_id | 'row ' || id | outbox WHERE person_id IS NOT NULL
customer_link | person_id | customer | customer_link WHERE customer <> ''
"""


def audited() -> dict[str, Rows]:
    """Who was erased, and what is held of the others."""
    return {
        "erasure": db.stream(
            "SELECT id AS customer, erased_at AS done_at FROM person WHERE erased_at IS NOT NULL ORDER BY id"
        ),
        "pii": _pii(),
    }


async def _pii() -> Rows:
    for line in _HELD.strip().splitlines():
        table, whose, what, where = line.split(" | ")
        sql = f"SELECT {whose} AS customer, {what} AS value FROM {where}"  # noqa: S608  (constants)
        async for row in db.stream(sql):
            yield {**row, "tbl": table}
