"""``python -m benchmarks.rush``: sell out an event to far more buyers than it has places."""

from __future__ import annotations

import argparse
import json
import resource
import sys
from pathlib import Path

from benchmarks.rush.measuring import Rushed, rush
from benchmarks.rush.report import as_json, table
from benchmarks.rush.stores import SHARE, STORES


def main() -> None:
    """Run the rushes that are named, or all, and print what each came to."""
    chosen = _arguments()
    _allow_files(chosen.connections)
    found: dict[str, Rushed] = {}
    for name in chosen.stores or STORES:
        share = SHARE.get(name, 1)
        print(f"rushing on {name}", file=sys.stderr, flush=True)
        with STORES[name]() as stores:
            places, buyers = max(1, chosen.places // share), max(1, chosen.buyers // share)
            connections = min(buyers, chosen.connections)
            found[name] = rush(stores, chosen.processes, places, buyers, chosen.tries, connections)
    print(table(found))
    if chosen.json:
        chosen.json.write_text(json.dumps(as_json(found), indent=2) + "\n")
    flaws = [f"{name}: {flaw}" for name, rushed in found.items() for flaw in rushed.flaws()]
    if flaws:
        sys.exit("\n".join(flaws))


def _allow_files(connections: int) -> None:
    """Raise the limit of open files, also of the service, as far as it may be raised."""
    least = 2 * connections + 1000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < least:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(least, hard) if hard >= 0 else least, hard))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nox -s rush --", description=main.__doc__)
    parser.add_argument(
        "stores",
        nargs="*",
        metavar="stores",
        help="redis (with Postgres), postgres (without Redis), sqlite (a tenth of places and buyers); all by default",
    )
    _add_number(parser, "--places", 10_000, "places of the event")
    _add_number(parser, "--buyers", 200_000, "how many want one each")
    _add_number(parser, "--tries", 2, "how often a buyer asks")
    _add_number(parser, "--connections", 2000, "how many requests are under way at once")
    _add_number(parser, "--processes", 2, "processes of the service")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures into this file")
    chosen = parser.parse_args()
    unknown = set(chosen.stores) - set(STORES)
    if unknown:
        parser.error(f"unknown stores {', '.join(sorted(unknown))}; known are {', '.join(STORES)}")
    return chosen


def _add_number(parser: argparse.ArgumentParser, option: str, default: int, meaning: str) -> None:
    parser.add_argument(option, type=_positive, default=default, help=f"{meaning} ({default})")


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


if __name__ == "__main__":
    main()
