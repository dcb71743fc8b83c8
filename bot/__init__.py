"""What is said and asked in a chat. No table and no money rule lives here."""
