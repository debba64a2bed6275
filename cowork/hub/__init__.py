"""The server that rooms live on."""
