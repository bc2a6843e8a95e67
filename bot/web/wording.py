"""How codes, times and counts are said on the pages, in either language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date
from markupsafe import Markup

from bot.web.texts import clean
from commands.ideas import GERMAN as IDEA_STATES
from commands.processes import PHASE_WORDS, PHASES_IN_ENGLISH

_LOCALES: Final = {"de": "de_CH", "en": "en_GB"}
_PHASES: Final = {code: word for word, code in PHASE_WORDS.items()}
_STATES: Final = {"implementing": "being implemented"}
_SIZES: Final = {"small": ("klein", "small"), "medium": ("mittel", "medium"), "large": ("gross", "large")}
_CLASSES: Final = {
    "L": ("Klasse L, Laborleistung", "class L, lab service"),
    "K": ("Klasse K, Laborkandidat", "class K, lab candidate"),
    "M": ("Klasse M, mittlere Priorität", "class M, medium priority"),
    "D": ("Klasse D, tiefe Priorität", "class D, low priority"),
}
_TILE, _GAP, _IN_ROW = 22, 5, 12  # of the picture of a district, in pixels
_STAR: Final = "M0-7l2 4.4 4.8.5-3.6 3.2 1 4.7L0 3.4l-4.2 2.4 1-4.7-3.6-3.2 4.8-.5z"


class Wording:
    """The words of a language, and the clocks of a zone."""

    language: str
    zone: ZoneInfo

    @property
    def german(self) -> bool:
        return self.language == "de"

    def say(self, german: str, english: str) -> str:
        return german if self.german else english

    # --- codes

    def phase(self, code: str) -> str:
        return _PHASES[code] if self.german else PHASES_IN_ENGLISH[code]

    def phase_parameter(self, code: str) -> str:
        """How the phase is written in an address, as in the chat."""
        return _PHASES[code] if self.german else code

    def state(self, code: str) -> str:
        """The state of an idea; written so in addresses too."""
        return IDEA_STATES[code] if self.german else _STATES.get(code, code.replace("_", " "))

    def size(self, code: str) -> str:
        return self.say(*_SIZES[code])

    def klass(self, code: str) -> str:
        return self.say(*_CLASSES[code])

    def votes(self, idea: Any) -> str:
        return self.say(
            f"{idea.votes_for} dafür, {idea.votes_against} dagegen",
            f"{idea.votes_for} for, {idea.votes_against} against",
        )

    # --- times

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def short(self, on: date) -> str:
        """«18. März 2027»."""
        on = self.local(on).date() if isinstance(on, datetime) else on
        return format_date(on, self.say("d. MMMM y", "d MMMM y"), locale=_LOCALES[self.language])

    def day(self, on: date) -> str:
        """«Do, 18. März 2027»."""
        on = self.local(on).date() if isinstance(on, datetime) else on
        return f"{format_date(on, 'EEE', locale=_LOCALES[self.language]).rstrip('.')}, {self.short(on)}"

    def clock(self, at: datetime) -> str:
        return f"{self.local(at):%H:%M}"

    def at(self, at: datetime) -> str:
        """«Do, 18. März 2027, 13:30»."""
        return f"{self.day(at)}, {self.clock(at)}"

    # --- a picture

    def tiles(self, share: Any, part: Sequence[Any]) -> Markup:
        """A tile for each municipality of a district: filled where it takes part, with a star for a First Mover."""
        rows = -(-len(part) // _IN_ROW)
        step = _TILE + _GAP
        wide, high = min(len(part), _IN_ROW) * step + 1, rows * step + 1
        drawn = []
        for n, one in enumerate(part):
            x, y = n % _IN_ROW * step + 1, n // _IN_ROW * step + 1
            how = "tile in" if one.takes_part else "tile"
            drawn.append(
                Markup(
                    '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="3"><title>{}</title></rect>'
                ).format(how, x, y, _TILE, _TILE, clean(one.name))
            )
            if one.first_mover:
                middle = Markup('<path class="star" transform="translate({} {})" d="{}"/>')
                drawn.append(middle.format(x + _TILE // 2, y + _TILE // 2, _STAR))
        label = self.say(
            f"{share.count} von {share.of} Gemeinden {'ist' if share.count == 1 else 'sind'} dabei,"
            f" {share.first_movers} First Mover",
            f"{share.count} of {share.of} municipalities {'takes' if share.count == 1 else 'take'} part,"
            f" {share.first_movers} First Mover{'' if share.first_movers == 1 else 's'}",
        )
        whole = Markup('<svg role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">{}</svg>')
        return whole.format(label, wide, high, wide, high, Markup().join(drawn))
