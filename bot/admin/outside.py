"""Whether people outside are served as it is configured: lines of `pi-bot check`, each with what is wrong."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Final
from urllib.parse import urlsplit

from bot.config.keys import Configuration

WITHIN: Final = 1.0  # seconds for an answer of a bot that runs
ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - not bound: known, with where it is asked
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


def served(configuration: Configuration) -> Iterator[tuple[str, str]]:
    """About the listeners that are configured, and the address that is told to people."""
    web, http = configuration.web, configuration.http
    if http.listen:
        yield f"http: {http.listen}", _taken(http.listen, "/healthz", "http.listen")
    if not web.address:
        yield "web: off", ""
        return
    if web.listen:
        yield f"web: {web.listen}", _taken(web.listen, "/stil.css", "web.listen")
    yield f"public_url: {web.address}", _unsafe(web.address, given=bool(web.public_url))


def advised(configuration: Configuration) -> Iterator[tuple[str, str]]:
    """About what people outside miss, though all works without it."""
    web = configuration.web
    if not web.address:
        return
    yield (
        ("licence: " + web.licence, "")
        if web.licence
        else (
            "licence",
            "nobody knows what they may do with the open data: name it in `web.licence`, such as CC-BY-4.0",
        )
    )
    yield (
        ("contact: " + web.contact, "")
        if web.contact
        else ("contact", "the pages name nobody to write to: name an e-mail address in `web.contact`")
    )


def _taken(listen: str, path: str, key: str) -> str:
    """Why nothing can be answered there; nothing where it can, or where a bot does so already."""
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the bot does it
            listener.bind(address)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            return f"{listen}: {os.strerror(error.errno or 0).lower()}: look at `{key}`"
        if not _answers(ANYWHERE.get(host, host), int(port), path):
            return f"{listen} is taken by another program: end that one, or name another port in `{key}`"
    return ""


def _answers(host: str, port: int, path: str) -> bool:
    """Is it a bot that answers there? The path is one that others hardly have."""
    connection = HTTPConnection(host, port, timeout=WITHIN)
    try:
        connection.request("HEAD", path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _unsafe(address: str, *, given: bool) -> str:
    """Why the address is not one to tell to people."""
    parts = urlsplit(address)
    if parts.scheme == "https" or parts.hostname in LOOPBACK:
        return ""
    if not given:
        return f"{address} is where the bot listens: name how people reach it in `web.public_url`, by https"
    return (
        f"{address}: others can read what goes through it, forms and calendars: use https, by a reverse proxy"
    )
