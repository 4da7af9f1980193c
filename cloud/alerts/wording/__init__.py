"""What people read: words for each condition and role, and why an alert was raised, as data."""
