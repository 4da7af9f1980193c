"""RULES: what is watched for, each condition a row; and the rows in force for one patient."""
