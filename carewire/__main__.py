"""`python -m carewire` is `carewire`."""

from carewire.cli import main

if __name__ == "__main__":
    main()
