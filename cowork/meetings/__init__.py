"""What leaves a meeting's room: a page in Markdown, and a calendar file."""
