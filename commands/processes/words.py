"""How phases, work products and their states may be typed, in both languages."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, TypeAdapter, ValidationInfo

from commands.framework import Choice, Of, Place, Unreadable, choices
from commands.processes.model import ProcessRef
from commands.spelling import most_alike
from commands.words import key_of
from storage import processes

PHASE_WORDS: Final = {
    "Identifiziert": "identified",
    "Frontend in Arbeit": "frontend_design",
    "Frontend in Prüfung": "frontend_review",
    "Frontend freigeschaltet": "frontend_live",
    "Ergebnisse vorgestellt": "results_presented",
    "Backend in Arbeit": "backend_design",
    "Backend in Prüfung": "backend_review",
    "Backend eingeführt": "backend_live",
    "Rollout First Mover": "rollout_first_movers",
    "Flächendeckender Rollout": "rollout_all",
    "zurückgestellt": "on_hold",
    "abgebrochen": "dropped",
}
PHASES_IN_ENGLISH: Final = {  # as cards say them; what is typed is the code
    "identified": "Identified",
    "frontend_design": "Frontend in progress",
    "frontend_review": "Frontend under review",
    "frontend_live": "Frontend live",
    "results_presented": "Results presented",
    "backend_design": "Backend in progress",
    "backend_review": "Backend under review",
    "backend_live": "Backend introduced",
    "rollout_first_movers": "Rollout to First Movers",
    "rollout_all": "Rollout to all",
    "on_hold": "on hold",
    "dropped": "dropped",
}
_MORE_PHASES: Final = {
    "Frontend Arbeit": "frontend_design",
    "frontend in progress": "frontend_design",
    "Frontend Prüfung": "frontend_review",
    "frontend under review": "frontend_review",
    "Frontend live": "frontend_live",
    "Frontend frei": "frontend_live",
    "Ergebnisse am PI-Event vorgestellt": "results_presented",
    "Ergebnisse": "results_presented",
    "vorgestellt": "results_presented",
    "Backend Arbeit": "backend_design",
    "backend in progress": "backend_design",
    "Backend Prüfung": "backend_review",
    "backend under review": "backend_review",
    "Backend live": "backend_live",
    "backend introduced": "backend_live",
    "eingeführt": "backend_live",
    "Rollout First Movers": "rollout_first_movers",
    "rollout to first movers": "rollout_first_movers",
    "First Mover": "rollout_first_movers",
    "First Movers": "rollout_first_movers",
    "Rollout": "rollout_all",
    "rollout to all": "rollout_all",
    "Flächendeckend": "rollout_all",
    "pausiert": "on_hold",
    "sistiert": "on_hold",
    "hold": "on_hold",
    "fallengelassen": "dropped",
    "gestoppt": "dropped",
}
PhaseCode = Literal[
    "identified",
    "frontend_design",
    "frontend_review",
    "frontend_live",
    "results_presented",
    "backend_design",
    "backend_review",
    "backend_live",
    "rollout_first_movers",
    "rollout_all",
    "on_hold",
    "dropped",
]
PhaseWord = Annotated[
    Literal[PhaseCode, "next", "back"],
    choices(
        PHASE_WORDS | {"weiter": "next"},
        also=_MORE_PHASES
        | dict.fromkeys(
            ("zurück", "eine zurück", "retour", "vorherige", "vorherige Phase", "previous", "back"), "back"
        )
        | {"vor": "next", "vorwärts": "next"}
        | {"nächste": "next", "nächste Phase": "next", "next phase": "next"},
    ),
    Place("line"),
]
"""A phase, what a process can be instead, or `next`: the one that follows."""

StandingWord = Annotated[
    Literal[PhaseCode, "running", "all"],
    choices(PHASE_WORDS | {"laufend": "running", "alle": "all"}, also=_MORE_PHASES | {"offen": "running"}),
]

PRODUCT_WORDS: Final = {
    "Grobbeschreibung": "description",
    "Abteilungen und Fachlösungen": "applications",
    "Steckbrief": "profile",
    "BPMN": "bpmn",
    "Formular": "wireframe",
    "Schnittstelle": "interface",
    "Aufgaben": "tasks",
    "Anforderungen": "requirements",
}
_PRODUCT: Final = Choice(
    PRODUCT_WORDS,
    {
        "Identifikation": "description",
        "Beschreibung": "description",
        "rough description": "description",
        "Abteilungen": "applications",
        "Fachlösungen": "applications",
        "Fachapplikationen": "applications",
        "departments": "applications",
        "departments and applications": "applications",
        "Prozess-Steckbrief": "profile",
        "BPMN-Modell": "bpmn",
        "BPMN model": "bpmn",
        "Prozessmodell": "bpmn",
        "Formularvorlage": "wireframe",
        "Wireframe": "wireframe",
        "form": "wireframe",
        "Schnittstellen": "interface",
        "Schnittstellenspezifikation": "interface",
        "interface specification": "interface",
        "Aufgabe": "tasks",
        "Anforderung": "requirements",
    },
)


def _product(raw: Any) -> Any:
    """The product's code; an «in» that belongs to the state behind it («in Prüfung») is left aside."""
    return _PRODUCT(re.sub(r"\s+in$", "", raw.strip(), flags=re.IGNORECASE).rstrip(":")) if raw else raw


ProductWord = Annotated[str, BeforeValidator(_product), _PRODUCT]
ProductLine = Annotated[str, BeforeValidator(_product), Place("line"), _PRODUCT]
StateWord = Annotated[
    Literal["open", "draft", "in_review", "released"],
    choices(
        {"offen": "open", "Entwurf": "draft", "in Prüfung": "in_review", "freigegeben": "released"},
        also={
            "review": "in_review",
            "Prüfung": "in_review",
            "prüfen": "in_review",
            "fertig": "in_review",
            "ready": "in_review",
            "release": "released",
            "freigeben": "released",
            "Freigabe": "released",
        },
    ),
]


_REFERENCE: Final = re.compile(r"#?\s*[Pp]?\s*#?\s*\d{1,10}")


def _named(raw: Any, info: ValidationInfo) -> Any:
    """The number of a process, given by reference or by name."""
    if not isinstance(raw, str):
        return raw
    if _REFERENCE.fullmatch(raw.strip()):
        return TypeAdapter(ProcessRef).validate_python(raw.replace(" ", ""))
    ctx: Any = info.context
    key = key_of(raw)
    known = {p.id: p.name_key for p in processes.list_all(ctx.tx)}
    found = [n for n, name in known.items() if name == key] or [n for n, name in known.items() if key in name]
    if len(found) == 1:
        return found[0]
    if found:
        refs = ", ".join(f"P{n}" for n in found)
        raise Unreadable(
            de=f"«{raw}» passt zu mehreren: {refs}. Bitte schreiben Sie die Nummer.",
            en=f"«{raw}» fits several: {refs}. Please write the number.",
        )
    near = most_alike(key, known.values(), least=0.6)
    ref = next((f"P{n}" for n, name in known.items() if name == near), None)
    raise Unreadable(
        de=f"Einen Prozess «{raw}» finde ich nicht." + (f" Meinten Sie {ref}?" if ref else ""),
        en=f"I can't find a process «{raw}»." + (f" Did you mean {ref}?" if ref else ""),
        code="not_found",
        nearest=ref,
    )


ProcessNamed = Annotated[int, Of("process"), BeforeValidator(_named), Place("line")]
"""A process by its number or its name."""
