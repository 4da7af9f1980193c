"""The beat classifier: normal, supraventricular, ventricular or fusion, from one lead."""
