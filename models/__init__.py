"""Training, evaluation and the shipped artefacts."""
