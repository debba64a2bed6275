"""Where code runs: one warm parent with torch loaded forks a child for every job."""
