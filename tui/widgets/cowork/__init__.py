"""What the Co-work mode is made of: a file a page, and the parts they share."""
