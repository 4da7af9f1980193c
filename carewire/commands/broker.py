"""`carewire broker`: the embedded MQTT broker."""

from typing import Annotated

import typer

app = typer.Typer(help="The embedded MQTT broker, for one machine.", no_args_is_help=True)


@app.callback()
def _broker() -> None:
    """Keep `run` a command of its own."""


@app.command()
def run(port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 1883) -> None:
    """Serve MQTT 5 on 127.0.0.1 until stopped."""
    from carewire.broker import run_broker

    run_broker(port)
