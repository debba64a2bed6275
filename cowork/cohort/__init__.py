"""Statistics over all members, for organisers: progress, common mistakes, similar sources."""
