"""A line between a station and the centre that can be cut at any message: TCP, in threads of its own.

What travels is TLS, so messages are told apart by their direction: whatever goes one way before something
goes the other way is one. With one question at a time these are the parts of the handshake, then question and
answer in turn. ``cut_at`` says which message, counted from 0, is the last: it is swallowed, and the line is
closed on both sides without a word. Lines that are begun afterwards hold.
"""

import contextlib
import socket
import threading

CHUNK = 65_536


class CutLine:
    """Listens at ``port``; everything goes to ``(host, port)`` of the centre and back."""

    def __init__(self, centre):
        self.centre = centre
        self.lines = 0
        self.messages = 0
        self.cut_at = -1
        self.was_cut = False
        self.is_down = False
        #: What else happens at the cut: somebody is killed.
        self.at_cut = lambda: None
        self._lock = threading.Lock()
        self._way = ""
        self._open: set[socket.socket] = set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def arm(self, at=-1, at_cut=lambda: None):
        """Count from now on; the message ``at`` is swallowed."""
        with self._lock:
            self.messages, self.cut_at, self._way, self.was_cut = 0, at, "", False
            self.at_cut = at_cut

    def close(self):
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for one in list(self._open):
            _end(one)
        self._thread.join(5)

    def _accept(self):
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            try:
                far = None if self.is_down else socket.create_connection(self.centre, timeout=5)
            except OSError:
                far = None
            if far is None:
                near.close()
                continue
            self.lines += 1
            for one in (near, far):
                one.settimeout(None)
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open.add(one)
            for way, source, target in (("there", near, far), ("back", far, near)):
                threading.Thread(target=self._carry, args=(way, source, target), daemon=True).start()

    def _carry(self, way, source, target):
        with contextlib.suppress(OSError):
            while octets := source.recv(CHUNK):
                if self._is_cut(way):
                    break
                target.sendall(octets)
        for one in (source, target):
            self._open.discard(one)
            _end(one)

    def _is_cut(self, way):
        with self._lock:
            if way != self._way:
                self._way, self.messages = way, self.messages + 1
            if self.messages - 1 != self.cut_at:
                return False
            self.cut_at, self.was_cut = -1, True
            self.at_cut()
            return True


def _end(one):
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
