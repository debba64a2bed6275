"""The `fromscratch cowork` commands."""
