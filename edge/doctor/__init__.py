"""What `carewire edge doctor` looks at, and what it makes of it."""
