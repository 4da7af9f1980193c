"""How ill somebody looks: NEWS2, the deterioration model, what is usual for them, their nights; and why."""
