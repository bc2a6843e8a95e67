"""The two kinds of dates that all are invited to: events and trainings. Their differences stand here, once.

What people type is declared for both by `command_of_each`; what a kind has besides, where it is: `trainings`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar, cast, get_type_hints

from commands.framework import Context, Reply, command, reference

Handler = TypeVar("Handler", bound=Callable[..., Reply])
Words = tuple[str, str]  # German and English


@dataclass(frozen=True)
class Kind:
    """The words of events or of trainings; `samples`: text behind a command's name, if not the reference alone."""

    code: str
    letter: str
    sign: str
    nouns: Words  # what its commands begin with
    one: Words  # «Anlass», «an event»
    many: Words
    reference: str  # in samples
    samples: Mapping[str, Words]

    def said(self, text: str, language: int) -> str:
        """The text, with what it is called where `{one}` and `{many}` stand."""
        return text.format(one=self.one[language], many=self.many[language])


EVENT: Final = Kind(
    "event",
    "A",
    "📅",
    ("anlass", "event"),
    ("Anlass", "an event"),
    ("Anlässe", "events"),
    "A5",
    {
        "list": ("stand: vergangen", "state: past"),
        "move": ("A5 wann: 25.03.2027 13:30", "A5 when: 25.03.2027 13:30"),
        "cancel": ("A5 grund: Der Saal ist nicht frei.", "A5 reason: The hall is not free."),
    },
)
TRAINING: Final = Kind(
    "training",
    "K",
    "🎓",
    ("kurs", "training"),
    ("Kurs", "a training"),
    ("Kurse", "trainings"),
    "K4",
    {
        "list": ("stand: alle", "state: all"),
        "move": ("K4 wann: 19.04.2027 9:00", "K4 when: 19.04.2027 9:00"),
        "cancel": ("K4 grund: Zu wenige Anmeldungen.", "K4 reason: Too few people signed up."),
    },
)
KINDS: Final = {kind.code: kind for kind in (EVENT, TRAINING)}
EventRef = Annotated[int, reference("event")]
TrainingRef = Annotated[int, reference("training")]


def command_of_each(
    *verbs: str,
    de: str,
    en: str,
    offer: Words,
    for_others: Words | None = None,
    there: Callable[[str], Callable[[Context], bool]] | None = None,
    **more: Any,
) -> Callable[[Handler], Handler]:
    """Declare a command of events and the same of trainings: `verbs` follow the noun, German first, English second.

    `there` is made of each kind's code. The handler gets the kind's code as `kind`, and the number of the thing, if
    it takes one, as `number`.
    """

    def declare(handler: Handler) -> Handler:
        for kind in KINDS.values():
            names = [f"{kind.nouns[n % 2]} {verb}" for n, verb in enumerate(verbs)]
            sample = kind.samples.get(verbs[1], (kind.reference, kind.reference))
            offered = (kind.said(offer[0], 0), kind.said(offer[1], 1))
            texts: dict[str, Any] = {"de": kind.said(de, 0), "en": kind.said(en, 1), "offer": offered}
            if for_others is not None:
                texts["for_others"] = (kind.said(for_others[0], 0), kind.said(for_others[1], 1))
            exists = there(kind.code) if there is not None else None
            declared = command(*names, example=sample, there=exists, **texts, **more)
            declared(_of(kind, handler))
        return handler

    return declare


def _of(kind: Kind, handler: Callable[..., Reply]) -> Callable[..., Reply]:
    """The handler for this kind alone: its number is called by the kind, as everywhere."""

    def handle(ctx: Context, **given: Any) -> Reply:
        if kind.code in given:
            given["number"] = given.pop(kind.code)
        return handler(ctx, kind.code, **given)

    hints = get_type_hints(handler, include_extras=True)
    signature = inspect.signature(handler)
    taken = [
        p.replace(name=kind.code) if p.name == "number" else p
        for p in signature.parameters.values()
        if p.name != "kind"
    ]
    made = cast("Any", handle)
    made.__signature__ = signature.replace(parameters=taken)
    made.__annotations__ = hints | {kind.code: Annotated[int, reference(kind.code)]}
    made.__module__, made.__qualname__ = handler.__module__, f"{handler.__qualname__}, of {kind.code}"
    return handle
