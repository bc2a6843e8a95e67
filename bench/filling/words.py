"""Words of made-up titles and names."""

from __future__ import annotations

from functools import lru_cache

THINGS = """
    Umzug Hund Parkkarte Baugesuch Einbürgerung Kehricht Steuern Wohnsitz Feuerwehr Friedhof Kita Schule
    Velo Brücke Spielplatz Hallenbad Turnhalle Fundbüro Heirat Geburt Todesfall Pass Ausweis Strasse
    Wasser Strom Gas Abwasser Wald Jagd Fischerei Markt Fest Wahl Abstimmung Initiative Protokoll Archiv Karte
    Bibliothek
""".split()  # noqa: SIM905 (words read as words)
FORMS = """
    Meldung Gesuch Anmeldung Abmeldung Bestellung Reservation Bewilligung Auskunft Rechnung Umfrage Termin
    Formular Kalender Liste Register Ablage Anleitung Übersicht Statistik Schnittstelle
""".split()  # noqa: SIM905
ACTS = """
    vorausfüllen vereinfachen übermitteln zusammenlegen anbieten prüfen verschicken erklären übersetzen
    beschleunigen abschaffen erneuern verbinden bündeln veröffentlichen
""".split()  # noqa: SIM905
SYLLABLES = [consonant + vowel for consonant in "bdfgklmnrst" for vowel in "aeio"]
FIRST = "Anna Beat Carla Daniel Eva Fritz Gina Hans Irene Jonas Karin Lukas Mia Nils Olga Paul Rita".split()  # noqa: SIM905
LAST = "Ammann Buser Christen Dietrich Egli Frei Gysin Hofer Imhof Jenni Keller Lüthi Meier Nef Oser".split()  # noqa: SIM905


@lru_cache(50_000)
def word(number: int) -> str:
    """A word of its own for each number."""
    word = ""
    number += len(SYLLABLES) ** 2
    while number:
        number, rest = divmod(number, len(SYLLABLES))
        word += SYLLABLES[rest]
    return word
