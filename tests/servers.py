"""An SFTP and an FTP server of our own on loopback, for a wire's folder.

with sftp_server(folder) as server:        # paramiko's, one thread a client
    server.url, server.host_key            # sftp://127.0.0.1:40001, "ssh-ed25519 AAAA…"
with ftp_server(folder) as server:         # pyftpdlib's
    server.url

Both know the user "wire" with the password "secret"; names are bytes.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import paramiko
from paramiko.sftp_attr import SFTPAttributes
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import ThreadedFTPServer

USER, PASSWORD = "wire", "secret"


@dataclass(frozen=True, slots=True)
class Server:
    """Where it listens."""

    url: str
    host_key: str = ""


# ── SFTP ────────────────────────────────────────────────────────────────────────────────


class _Door(paramiko.ServerInterface):
    def check_channel_request(self, kind, chanid):
        allowed = kind == "session"
        return paramiko.OPEN_SUCCEEDED if allowed else paramiko.OPEN_FAILED_UNKNOWN_CHANNEL_TYPE

    def check_auth_password(self, username, password):
        is_known = (username, password) == (USER, PASSWORD)
        return paramiko.AUTH_SUCCESSFUL if is_known else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username):
        return "password"


class _Name(bytes):
    """A file's name that goes out as it is, where paramiko expects text."""

    def encode(self, *_):
        return bytes(self)


class _AnyName(paramiko.Message):
    def get_text(self):
        return os.fsdecode(self.get_string())


class _Subsystem(paramiko.SFTPServer):
    """Takes names of any bytes, as servers in C do."""

    def _process(self, t, request_number, msg):
        super()._process(t, request_number, _AnyName(msg.get_remainder()))


class _Handle(paramiko.SFTPHandle):
    def stat(self):
        return SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


def _folder_served(folder: Path) -> type[paramiko.SFTPServerInterface]:
    root = os.fsencode(folder)

    class Served(paramiko.SFTPServerInterface):
        def _real(self, path):
            raw = path if isinstance(path, bytes) else os.fsencode(path)
            return root + b"/" + raw.strip(b"/")

        def list_folder(self, path):
            found = []
            for name in os.listdir(self._real(path)):
                seen = os.lstat(self._real(path) + b"/" + name)
                found.append(SFTPAttributes.from_stat(seen, _Name(name)))
            return found

        def lstat(self, path):
            try:
                return SFTPAttributes.from_stat(os.lstat(self._real(path)))
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno)

        stat = lstat

        def open(self, path, flags, attr):
            try:
                stream = open(self._real(path), "rb")  # noqa: SIM115 - closed by its handle
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno)
            handle = _Handle(flags)
            handle.readfile = stream
            return handle

        def rename(self, old, new):
            os.rename(self._real(old), self._real(new))
            return paramiko.SFTP_OK

        def remove(self, path):
            try:
                os.unlink(self._real(path))
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno)
            return paramiko.SFTP_OK

        def mkdir(self, path, attr):
            os.mkdir(self._real(path))
            return paramiko.SFTP_OK

    return Served


@contextmanager
def sftp_server(folder: Path) -> Iterator[Server]:
    """Serve a folder over SFTP."""
    key = paramiko.ECDSAKey.generate()
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()
    open_ones: list[paramiko.Transport] = []

    def serve():
        while not ended.is_set():
            with suppress(OSError):
                connection, _ = listener.accept()
                if ended.is_set():
                    connection.close()
                    return
                transport = paramiko.Transport(connection)
                transport.add_server_key(key)
                transport.set_subsystem_handler("sftp", _Subsystem, sftp_si=_folder_served(folder))
                open_ones.append(transport)
                with suppress(paramiko.SSHException, EOFError):
                    transport.start_server(server=_Door())

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    host, port = listener.getsockname()
    try:
        yield Server(f"sftp://{host}:{port}", f"{key.get_name()} {key.get_base64()}")
    finally:
        ended.set()
        with suppress(OSError):
            socket.create_connection((host, port), timeout=1).close()
        thread.join(timeout=5)
        listener.close()
        for transport in open_ones:
            transport.close()


# ── FTP ─────────────────────────────────────────────────────────────────────────────────


@contextmanager
def ftp_server(folder: Path) -> Iterator[Server]:
    """Serve a folder over FTP."""
    authorizer = DummyAuthorizer()
    authorizer.add_user(USER, PASSWORD, str(folder), perm="elradfmwMT")

    class Handler(FTPHandler):
        encoding = "utf-8"
        unicode_errors = "surrogateescape"

    Handler.authorizer = authorizer
    server = ThreadedFTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"timeout": 0.05, "handle_exit": False}, daemon=True
    )
    thread.start()
    host, port = server.address
    try:
        yield Server(f"ftp://{host}:{port}")
    finally:
        server.close_all()
        thread.join(timeout=5)
