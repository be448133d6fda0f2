"""The program `digisence`, also as `python -m digisence`."""

import gc


def main() -> None:
    """Load it without the garbage collector, which finds nothing then and takes a sixth of the time; run it."""
    gc.disable()
    from .cli import main as run

    gc.freeze()
    gc.enable()
    run()


if __name__ == "__main__":
    main()
