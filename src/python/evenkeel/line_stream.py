"""Lines of JSON over the socket to the agent."""

from __future__ import annotations

import json
import os
import select
import socket
import weakref
from collections import deque
from typing import Any, Deque, Dict, Optional

from .errors import AgentLostError, NoAgentError

HOW_TO_START = "start this with 'mpirun ... evenkeel run ... -- python train.py'"
VARIABLE = "EVENKEEL_FD"
RECEIVED_BYTES = 1 << 16
LONGEST_POLL_MS = 2**31 - 1

GONE = ("the agent has gone before the job was over; standard error of the job says why")


class LineStream:
    """One end of a stream socket. Not inherited by programs that this process starts."""

    def __init__(self, descriptor: int) -> None:
        """Takes ownership of the descriptor. Raises NoAgentError if it is not a stream socket."""
        try:
            os.set_inheritable(descriptor, False)
            self._socket = socket.socket(fileno=descriptor)
        except (OSError, OverflowError) as error:
            raise NoAgentError(f"{VARIABLE}: descriptor {descriptor} is no socket ({error});"
                               f" {HOW_TO_START}") from error
        if self._socket.type != socket.SOCK_STREAM:
            self._socket.detach()
            raise NoAgentError(f"{VARIABLE}: descriptor {descriptor} is no stream socket;"
                               f" {HOW_TO_START}")
        self._socket.setblocking(True)
        # Also without close(); otherwise Python warns of an unclosed socket.
        weakref.finalize(self, self._socket.close)
        self._lines: Deque[bytes] = deque()  # whole ones, without the newline
        self._rest = bytearray()
        self._ended = False

    def ready(self, within_s: float = 0.0) -> bool:
        """Whether a line, or the end of the stream, arrives within so many seconds."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        within_ms = min(1e3 * within_s, LONGEST_POLL_MS)
        while not self._lines and not self._ended and poll.poll(within_ms):
            self._receive()
        return bool(self._lines) or self._ended

    def read(self) -> Optional[Dict[str, Any]]:
        """The next line; waits for it. None at the end of the stream.

        Raises AgentLostError if a line is incomplete or not a JSON object.
        """
        while not self._lines and not self._ended:
            self._receive()
        if not self._lines:
            if self._rest:
                raise AgentLostError(GONE + "; its last line is cut off")
            return None
        text = self._lines.popleft()
        try:
            line = json.loads(text)
        except ValueError:
            line = None
        if not isinstance(line, dict):
            raise AgentLostError(f"the agent says {text[:60]!r}, which is not a JSON object")
        return line

    def write(self, text: str) -> None:
        """Sends whole lines. Raises AgentLostError if the agent has ended."""
        try:
            self._socket.sendall(text.encode())
        except (BrokenPipeError, ConnectionResetError) as error:
            raise AgentLostError(GONE) from error

    def close(self) -> None:
        self._socket.close()

    def _receive(self) -> None:
        try:
            received = self._socket.recv(RECEIVED_BYTES)
        except ConnectionResetError:
            received = b""
        if not received:
            self._ended = True
            return
        *lines, rest = received.split(b"\n")
        if lines:
            lines[0] = bytes(self._rest) + lines[0]
            self._rest.clear()
        self._lines.extend(lines)
        self._rest += rest


def open_stream() -> LineStream:
    """The stream to the agent, once per process. Raises NoAgentError if there is none."""
    text = os.environ.get(VARIABLE)
    if text is None:
        raise NoAgentError(f"there is no evenkeel agent ({VARIABLE} is not set); {HOW_TO_START}")
    if text.startswith("taken"):
        raise NoAgentError(
            f"{VARIABLE}: the session is {text}; there is one per trainer, to open once, outside"
            " of what its DataLoader workers and other child processes run")
    if not (text.isascii() and text.isdigit()):
        raise NoAgentError(f"{VARIABLE}: {text!r} is no descriptor; {HOW_TO_START}")
    stream = LineStream(int(text))
    os.environ[VARIABLE] = f"taken by process {os.getpid()}"
    return stream
