"""That alerting lives is told outward and homeward, so that somebody notices when it is not told any more."""
