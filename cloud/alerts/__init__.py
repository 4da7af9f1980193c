"""From what was measured to who is told: rules, lifecycle, explanation, and the way out."""
