"""An SMTP server with moods: it refuses for now or for good, at the recipient or the message, hangs, or hangs up."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import attrs

HOST = "127.0.0.1"
#: How a session goes: what the server replies to a command, or ``None`` to hang up.
Mood = Callable[[str], str | None]


@attrs.define(eq=False)
class MoodyServer:
    """A server whose sessions have these moods, one after the other; the last one stays."""

    moods: list[Mood]
    messages: list[bytes] = attrs.field(factory=list)
    sessions: int = 0
    stopped: threading.Event = attrs.field(factory=threading.Event)

    def serve(self, listener: socket.socket) -> None:
        while not self.stopped.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            mood = self.moods[min(self.sessions, len(self.moods) - 1)]
            self.sessions += 1
            threading.Thread(target=self._talk, args=(connection, mood), daemon=True).start()

    def _talk(self, connection: socket.socket, mood: Mood) -> None:
        with connection, suppress(OSError), connection.makefile("rwb") as stream:
            if mood is silent:
                self.stopped.wait()
                return
            command = "CONNECT"
            while (reply := mood(command)) is not None:
                stream.write(f"{reply}\r\n".encode())
                stream.flush()
                if command == "DATA" and reply.startswith("354"):
                    self.messages.append(b"".join(iter(stream.readline, b".\r\n")))
                    command = "MESSAGE"
                    continue
                line = stream.readline()
                if not line:
                    return
                command = line.decode().strip().split(" ")[0].upper()


_FINE = {"CONNECT": "220 ready", "DATA": "354 go on", "QUIT": "221 bye"}


def fine(command: str) -> str | None:
    """Accept everything."""
    return _FINE.get(command, "250 OK")


def silent(_command: str) -> str | None:
    """Take the connection and say nothing."""
    return None


def saying(reply: str, *, at: str) -> Mood:
    """Return the mood that replies so to one command, ``RCPT`` or ``MESSAGE``, and accepts the others."""
    return lambda command: reply if command == at else fine(command)


def dropping(*, at: str) -> Mood:
    """Return the mood that hangs up at a command."""
    return lambda command: None if command == at else fine(command)


@contextmanager
def moody_server(*moods: Mood) -> Iterator[tuple[MoodyServer, int]]:
    """Yield a running server and its port."""
    with socket.create_server((HOST, 0)) as listener:
        server = MoodyServer(list(moods))
        thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield server, listener.getsockname()[1]
        finally:
            server.stopped.set()
            listener.shutdown(socket.SHUT_RDWR)
