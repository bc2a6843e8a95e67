"""What somebody meant who typed no command: the nearest one that they may use, with the rest of their line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache

from commands.fields import FIELDS
from commands.framework import arguments
from commands.framework.carrying import carry_out
from commands.framework.context import Context
from commands.framework.declarations import COMMANDS, LETTERS, NAMES, Command
from commands.framework.failures import CanNotBeChanged
from commands.framework.grammar import command_of, find_command, is_noun, singular
from commands.framework.replies import Refused
from commands.framework.who_may import may
from commands.spelling import NEAR, most_alike, slips
from commands.words import EVERYDAY, OFFERED, UNCHANGING, VERBS, fold, normal

ALIKE = 0.75  # of a spelling, from here on it may be meant
LONG = 5  # letters of a word that may be off by `NEAR`; a shorter one by one
EDITS = frozenset(spelt for verb in ("ändern", *VERBS["ändern"], *EVERYDAY["ändern"]) for spelt in fold(verb))
_REFERENCE = re.compile(r"#?([A-Za-z])#?([0-9]{1,9})[?!.,]*")


def nearest(ctx: Context, text: str) -> str | None:
    """The line that the asker may have meant, without prefix; None, where nothing is like it."""
    return _first(ctx, text, (_referred, _everyday, _misspelt, _new, _mentioned))


def spelt(ctx: Context, text: str) -> str | None:
    """The line of a command that is typed nearly so: with a slip, without its noun, by another word for it."""
    return _first(ctx, text, (_referred, _everyday, _misspelt))


def unchanging(text: str) -> CanNotBeChanged | None:
    """What `stunden ändern H2` is answered: there is no such command, but there is a way."""
    words = [word.strip("!?.,:;") for word in text.partition("\n")[0].split()]
    for noun, verb in (words[:2], words[1::-1]) if len(words) > 1 else ():
        own = command_of(singular(noun))
        kind = own.name.partition(" ")[0] if own is not None else ""
        if kind in UNCHANGING and normal(verb) in EDITS:
            letter = UNCHANGING[kind]
            refs = (m for word in words[2:] if (m := _REFERENCE.fullmatch(word)) and m[1].upper() == letter)
            return CanNotBeChanged(kind, next((f"{letter}{match[2]}" for match in refs), ""))
    return None


def _first(ctx: Context, text: str, ways: Iterable[Callable[[Context, list[str]], str | None]]) -> str | None:
    line, _, below = text.strip().partition("\n")
    words = line.split()
    found = next(filter(None, (way(ctx, words) for way in ways)), None) if words else None
    return f"{found}\n{below}".strip() if found else None


def _referred(ctx: Context, words: list[str]) -> str | None:
    """`anmelden A1` and `A1 anmelden` lack the noun alone."""
    for place, verb in ((1, 0), (0, 1)):
        match = _REFERENCE.fullmatch(words[place]) if len(words) > 1 else None
        thing = LETTERS.get(match[1].upper()) if match else None
        if match is None or thing is None:
            continue
        rest = " ".join([f"{match[1].upper()}{match[2]}", *words[2:]])
        nouns = (thing.kind, "group") if thing.kind == "process" else (thing.kind,)
        typed = normal(words[verb])
        for noun in nouns:
            if (meant := _allowed(ctx, f"{noun} {typed}")) is not None:
                return f"{_in_language(meant, typed)} {rest}"
            if offered := _offered(ctx, noun, typed, rest, german=ctx.language == "de"):
                return offered
    return None


def _in_language(command: Command, verb: str) -> str:
    """The command's name in the language of this verb."""
    return command.name if verb == command.name.partition(" ")[2] else command.names[0]


def _everyday(ctx: Context, words: list[str]) -> str | None:
    """`pause`, `suche Bau`, `gruppe meine`: words that people use for something the bot calls otherwise."""
    bare = [normal(word.strip("!?.,:;")) for word in words]
    german = ctx.language == "de"
    for count in (3, 2, 1):
        if found := _offered(ctx, "", " ".join(bare[:count]), " ".join(words[count:]), german=german):
            return found
    noun = singular(bare[0])
    own = command_of(noun)
    if own is None or len(words) == 1:
        return None
    english = own.name.partition(" ")[0]
    return _offered(ctx, english, bare[1], " ".join(words[2:]), german=noun != english or german)


def _offered(ctx: Context, noun: str, word: str, rest: str, *, german: bool) -> str | None:
    folded = {spelt: meant for typed, meant in OFFERED.get(noun, {}).items() for spelt in fold(typed)}
    meant = folded.get(word, ())
    for one in (meant,) if isinstance(meant, str) else meant:
        name = one if one in COMMANDS else one.rpartition(" ")[0]
        command, said = COMMANDS[name], one.removeprefix(name).strip()
        if may(ctx, command):
            if said == "search:":
                said = f"{FIELDS['search'][0 if german else 1]}:"
            return " ".join(filter(None, (command.called("de" if german else "en"), said, rest)))
    return None


def _misspelt(ctx: Context, words: list[str]) -> str | None:
    """A command the asker may use that is spelt like the first words: noun and verb each, or all in one."""
    known = {name: NAMES[name] for name in _german_first() if may(ctx, NAMES[name])}
    typed = [normal(word.strip("!?.,:;"))[:40] for word in words[:3]]
    nouns = list(dict.fromkeys(name.partition(" ")[0] for name in known))
    noun = singular(typed[0])
    if noun not in nouns:
        noun = _nearest_word(noun, nouns) or ""
    verbs = [name.partition(" ")[2] for name in known if name.startswith(f"{noun} ")]
    if noun and len(typed) > 1 and (verb := _nearest_word(typed[1], verbs)):
        return " ".join([_well_spelt(f"{noun} {verb}"), *words[2:]])
    if noun and noun in known and noun != typed[0]:
        return " ".join([_well_spelt(noun), *words[1:]])
    if noun and len(typed) == 1 and noun != typed[0]:
        return f"{known_help(ctx)} {noun}"
    if is_noun(singular(typed[0])):
        return None
    for count in (2, 1):
        if len(typed) >= count:
            near = most_alike(" ".join(typed[:count]), known, least=ALIKE)
            if near:
                return " ".join([_well_spelt(near), *words[count:]])
    return None


@cache
def _german_first() -> tuple[str, ...]:
    """All names of commands: of two that are as near, the German one is meant."""

    def order(name: str) -> tuple[bool, str]:
        german = NAMES[name].names[0].partition(" ")[0]
        return name.partition(" ")[0] not in fold(german), name

    return tuple(sorted(NAMES, key=order))


def known_help(ctx: Context) -> str:
    return COMMANDS["help"].called(ctx.language)


def _nearest_word(typed: str, known: list[str]) -> str | None:
    """The word that is off by a letter or two, or of which this is the beginning."""
    if typed in known or not known:
        return typed if known else None
    near, word = min(((slips(typed, word), word) for word in known if word), key=lambda r: r[0])
    if near <= (NEAR if len(word) >= LONG else 1):
        return word
    return most_alike(typed, known, least=ALIKE)


def _new(ctx: Context, words: list[str]) -> str | None:
    """`idee Parkkarten per Handy bezahlen` is a new one, if the noun stands before a text."""
    noun = singular(normal(words[0].rstrip(":,")))
    meant = _allowed(ctx, f"{noun} new") if len(words) > 1 else None
    if meant is None or any(map(_REFERENCE.fullmatch, words[1:])):
        return None
    german = noun != meant.name.partition(" ")[0]
    return f"{meant.called('de' if german else 'en')} {' '.join(words[1:])}"


def _mentioned(ctx: Context, words: list[str]) -> str | None:
    """A sentence names one thing, which is shown, or a noun: its list shows what there is."""
    refs = [match for word in words if (match := _REFERENCE.fullmatch(word)) and match[1].upper() in LETTERS]
    show = _allowed(ctx, "show")
    if len(refs) == 1 and show is not None:
        return f"{show.called(ctx.language)} {refs[0][1].upper()}{refs[0][2]}"
    for word in words:
        noun = singular(normal(word.strip("!?.,:;«»\"'()")))
        listed = _allowed(ctx, f"{noun} list")
        if listed is not None:
            return listed.called("de" if noun != listed.name.partition(" ")[0] else ctx.language)
        if noun in NAMES and may(ctx, NAMES[noun]) and NAMES[noun].reads and len(words) > 1:
            return _well_spelt(noun)
    return None


def _allowed(ctx: Context, name: str) -> Command | None:
    found = NAMES.get(name)
    return found if found is not None and may(ctx, found) else None


def _well_spelt(key: str) -> str:
    """The command's name as it is declared: with its umlauts, and in one language, that of its noun."""
    names, noun = NAMES[key].names, key.partition(" ")[0]
    meant = [n for n in names if key in fold(n)] or [n for n in names if noun in fold(n.partition(" ")[0])]
    return meant[0]


def offer(ctx: Context, line: str) -> bool:
    """With ✅ on the reply the asker has this line carried out, if nothing is missing in it; whether it is so."""
    command, rest = find_command(line)
    if command is None or command.direct or not may(ctx, command):
        return False
    before = len(ctx.outside.offers)
    try:
        arguments.read(ctx, command, rest)
    except Refused:
        return False
    finally:
        del ctx.outside.offers[before:]
    ctx.offer("✅", carry_out, user_id=ctx.me.user_id, role=command.role, text=line)
    return True
