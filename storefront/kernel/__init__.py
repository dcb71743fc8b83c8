"""What every noun stands on and what knows no noun: database, settings, money, clock, ids, events, errors, texts."""
