"""A real nginx in front of a service, as guides set it up, and with what others allow."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.patience import PATIENCE_SECONDS
from tests.servers.packages import program
from tests.servers.ports import HOST, free_port

PROGRAM_VARIABLE = "TICKETCORE_TEST_NGINX"
#: The path under which it serves the service, too.
PREFIX = "/shop"


_CONFIGURATION = """
daemon off;
master_process off;
pid {home}/pid;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    underscores_in_headers on;
    large_client_header_buffers 8 32k;
    gzip on;
    gzip_types application/json;
    gzip_proxied any;
    gzip_min_length 1;
    upstream service {{ server {host}:{service}; keepalive 8; }}
    server {{
        listen {host}:{port};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto https;
        location / {{ proxy_pass http://service; }}
        location {prefix}/ {{ proxy_pass http://service/; }}
    }}
}}
"""

# Standard input is a pipe from the tests: the end of it, when they were killed, ends the server too.
_SUPERVISOR = 'exec 3<&0 </dev/null; "$@" 3<&- & proxy=$!; { read -r _ <&3; kill -KILL $proxy; } & wait $proxy'


@contextmanager
def running_nginx(service: int) -> Generator[int]:
    """Yield the port of an nginx in front of the service at a port.

    Skips the test if there is no nginx, which fails it in CI (`packages.program`).
    """
    path = program("nginx", "nginx-light", PROGRAM_VARIABLE)
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="nginx-") as name:
        home = Path(name)
        text = _CONFIGURATION.format(home=home, host=HOST, port=port, service=service, prefix=PREFIX)
        (home / "nginx.conf").write_text(text)
        log = home / "log"
        command = [path, "-p", name, "-c", str(home / "nginx.conf"), "-e", str(log)]
        proxy = subprocess.Popen(["/bin/sh", "-c", _SUPERVISOR, "sh", *command], stdin=subprocess.PIPE)
        try:
            _wait_until_ready(port, proxy, log)
            yield port
        finally:
            proxy.communicate(b"\n", timeout=PATIENCE_SECONDS)


def _wait_until_ready(port: int, proxy: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while proxy.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection((HOST, port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"nginx did not become ready:\n{log.read_text() if log.exists() else ''}")
