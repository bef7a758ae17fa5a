"""Serve a yardstick by the server code of ``ticketcore serve``, so that only the view differs."""

from __future__ import annotations

import sys
from importlib import import_module

from tests.servers.ports import HOST
from ticketcore_flask.server import listen, serve
from ticketcore_flask.supervisor import Supervisor


def main(name: str, port: int, processes: int) -> None:
    """Serve the yardstick of a name until a signal comes."""
    with listen(HOST, port) as listener:

        def work(first_process: int) -> int:
            app = import_module(f"benchmarks.yardsticks.{name}").create_app()
            serve(app, None, listener, first_process)
            return 0

        Supervisor(work, processes, lambda _: None).run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
