"""The whole group, for its organiser: how far each is, what is hard, what was taken for right."""
