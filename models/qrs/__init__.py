"""The R-peak detector of the gateway, judged here; it is signal processing and has no artefact."""
