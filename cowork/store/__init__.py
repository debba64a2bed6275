"""Where a hub keeps what has happened: one contract, over SQLite and over PostgreSQL."""
