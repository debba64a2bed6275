"""Runs jobs in processes of their own, and untrusted code in sandboxed children of these."""
