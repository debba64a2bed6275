"""The pages of the Co-work mode, a module each."""
