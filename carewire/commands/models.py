"""`carewire models`: what judges, how well, and how it is made again."""

import typer

app = typer.Typer(help="The models: list, verify, evaluate, train.", no_args_is_help=True)
