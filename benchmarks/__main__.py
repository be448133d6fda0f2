"""Every figure, one after another: `python -m benchmarks [NAMES] [--clients N] [--repeats N] [--seconds N]`.

Each goes to the screen and to `benchmarks/results/NAME.md` and `.json`. `python -m benchmarks.NAME --help` tells more.
"""

import subprocess
import sys

FIGURES = (
    "fanout",
    "storm",
    "idle",
    "pages",
    "freshness",
    "pixels",
    "client",
    "scrolling",
    "integrity",
    "schedule",
    "transfer",
)


def main(arguments: list[str]) -> int:
    """Run the named benchmarks (default: all) with the options; returns how many failed."""
    names = [word for word in arguments if word in FIGURES]
    options = [word for word in arguments if word not in FIGURES]
    if "-h" in options or "--help" in options:
        print(f"{__doc__}\nNAMES: {', '.join(FIGURES)}")
        return 0
    failed = 0
    for name in names or FIGURES:
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *options], check=False)
        failed += done.returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
