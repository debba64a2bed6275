"""The client of a hub: its connection, its copies of rooms, and commands that are kept until the hub has them."""
