"""The small schema's tables as Tortoise sees them."""

from tortoise import fields
from tortoise.models import Model


class Purse(Model):
    id = fields.BigIntField(primary_key=True)
    owner = fields.CharField(max_length=40, unique=True)
    amount = fields.BigIntField()

    class Meta:
        table = "purse"
