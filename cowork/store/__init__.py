"""The store of a hub's events: one contract, over SQLite and PostgreSQL."""
