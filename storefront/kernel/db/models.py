"""No table of its own: the module Tortoise is given when no noun's models are."""
