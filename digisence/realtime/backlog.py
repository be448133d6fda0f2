"""What a reader has not taken yet of its first messages: in a file, so that it holds neither memory nor a thread."""

import os
import socket
import tempfile

PIECE_BYTES = 1 << 20


class Backlog:
    """Bytes that wait for room on a connection."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="digisence-stream-")  # noqa: SIM115
        self._sent = self._size = 0

    def append(self, data: bytes) -> None:
        """Add to the end. Raises OSError when the disk is full."""
        self._file.seek(self._size)
        self._file.write(data)
        self._file.flush()
        self._size += len(data)

    def send(self, connection: socket.socket) -> int:
        """Send a piece, straight from the file; its bytes, 0 when all is sent. Raises BlockingIOError, OSError."""
        if self._sent == self._size:
            return 0
        sent = os.sendfile(connection.fileno(), self._file.fileno(), self._sent, PIECE_BYTES)
        self._sent += sent
        return sent

    def close(self) -> None:
        """Forget it."""
        self._file.close()


class Outlet:
    """Takes the first messages of a connection and never waits for its reader."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._connection = connection
        self.backlog: Backlog | None = None
        self.sent = 0

    def write(self, data: bytes) -> None:
        """Send what the connection takes; the rest waits in a file. Raises OSError when the reader is gone."""
        if self.backlog is None:
            data = data[self._try(data) :]
        if data:
            self.backlog = self.backlog or Backlog()
            self.backlog.append(data)
        if self.backlog is not None:
            self._drain(self.backlog)

    def _try(self, data: bytes) -> int:
        try:
            sent = self._connection.send(data)
        except BlockingIOError:
            return 0
        self.sent += sent
        return sent

    def _drain(self, backlog: Backlog) -> None:
        try:
            while sent := backlog.send(self._connection):
                self.sent += sent
        except BlockingIOError:
            return
        self.close()

    def close(self) -> None:
        """Forget what waits."""
        if self.backlog is not None:
            self.backlog.close()
            self.backlog = None
