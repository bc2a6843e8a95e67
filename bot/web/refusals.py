"""What is answered without asking the site: that a request is refused; and the headers of every answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from aiohttp import web

from bot.web.answers import HTML, LANGUAGES
from bot.web.kept import STYLE

METHODS: Final = ("GET", "HEAD")
HEADERS: Final = {
    "Server": "pi-bot",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=()",
}
_TELLS: Final = {
    400: ("Diese Anfrage ist nicht lesbar.", "This request can't be read."),
    405: ("Diese Seiten kann man nur lesen.", "These pages can only be read."),
    408: ("Die Anfrage hat zu lange gedauert.", "The request took too long."),
    413: ("Das ist zu gross.", "This is too large."),
    414: ("Diese Adresse ist zu lang.", "This address is too long."),
    429: (
        "Das waren viele Anfragen aufs Mal. Bitte versuchen Sie es gleich noch einmal.",
        "Those were many requests at once. Please try again in a moment.",
    ),
    431: ("Diese Anfrage ist zu lang.", "This request is too long."),
    503: (
        "Die Seiten sind gerade nicht erreichbar. Bitte versuchen Sie es gleich noch einmal.",
        "The pages can't be reached right now. Please try again in a moment.",
    ),
}


_PAGE: Final = """<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Public Innovators</title>
<link rel="stylesheet" href="{base}/stil.css?v={version}">
</head>
<body>
<main>
<div class="inner">
<h1>{title}</h1>
<p>{text}</p>
<p><a href="{home}">{back}</a></p>
</div>
</main>
</body>
</html>
"""


def told(status: int, language: str, base: str = "", methods: tuple[str, ...] = METHODS) -> web.Response:
    """A refusal in one sentence, made without the store; `base`: the path below which the pages are."""
    german = language == "de"
    page = _PAGE.format(
        lang="de-CH" if german else "en",
        title="Das hat nicht geklappt" if german else "This did not work",
        base=base,
        version=STYLE.version,
        text=_TELLS.get(status, _TELLS[400])[LANGUAGES.index(language)],
        home=f"{base}/" if german else f"{base}/en/",
        back="Zur ersten Seite" if german else "To the first page",
    )
    more = {405: {"Allow": ", ".join(methods)}, 429: {"Retry-After": "1"}, 503: {"Retry-After": "5"}}
    headers = HEADERS | {"Cache-Control": "no-store", "Content-Language": language} | more.get(status, {})
    return web.Response(body=page.encode(), status=status, headers=headers | {"Content-Type": HTML})


def bare(status: int) -> bytes:
    """The same to a connection of which no whole request was read."""
    refused = told(status, "de")
    assert isinstance(refused.body, bytes)
    headers = {**refused.headers, "Content-Length": str(len(refused.body)), "Connection": "close"}
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join((*lines, "", "")).encode() + refused.body
