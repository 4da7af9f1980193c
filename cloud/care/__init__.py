"""What is known and set for each patient, put together into the plan that evaluation judges them by."""
