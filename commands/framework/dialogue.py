"""A command by questions: what it lacks is asked for one by one, and what its answers make is carried out.

Nothing here is told apart by features: the command's declaration says what it needs, which of its texts people usually
want to give (`asks`), and whether it is shown as it will be before it is done (`previews`). Every answer is the text
of a parameter; the end is the same as if all of it had been typed at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from typing import Any, Final

from commands.fields import FIELDS
from commands.framework import arguments, carrying, refusals
from commands.framework.context import Context
from commands.framework.declarations import ALIKE, COMMANDS, SUGGESTED, THINGS, Command, Parameter
from commands.framework.failures import BadInput, Incomplete, NotFound, is_sample
from commands.framework.files import NoFile
from commands.framework.keeping import values_in
from commands.framework.named_people import names_several
from commands.framework.outside import Outside
from commands.framework.questions import (
    AGREES,
    KEYS,
    MOST,
    SEEDED,
    YES,
    AnswerStays,
    AnswerTaken,
    Asking,
    LetBe,
    Option,
    Preview,
    Question,
    Sure,
    canonical,
    is_none_there,
    options,
    picked,
    picked_of_several,
    sentence,
)
from commands.framework.replies import Refused, Reply
from commands.framework.titles import Titles
from commands.framework.vocabulary import choice_of
from commands.framework.who_may import may
from commands.words import normal
from storage.cards import Offer
from storage.dialogues import Dialogue
from storage.engine.database import savepoint

STOP: Final = frozenset({"abbrechen", "abbruch", "stopp", "stop", "cancel"})
BACK: Final = frozenset({"zurück", "zurueck", "zuruck", "back"})
SKIP: Final = frozenset({"weiter", "skip", "überspringen", "ueberspringen", "⏭"})
HELP: Final = frozenset({"hilfe", "help"})
SIGNS: Final = frozenset(key.replace("\ufe0f", "") for key in KEYS)
ANY_TEXT: Final = "Hundemarken"  # what takes this takes whatever is written
PASSED: Final = ""  # the answer of a question that was passed over
Answers = tuple[tuple[str, str, str], ...]  # field, text, event


def begin(ctx: Context, incomplete: Incomplete) -> Refused:
    """The first question in place of a template: what was typed with the command is given already."""
    if incomplete.command.takes is not None:  # its file comes with the whole of it
        typed = _with_likely(ctx, incomplete).template(ctx.language, "")
        return Refused(NoFile(incomplete.command, typed, there=ctx.file is not None or ctx.has_file))
    lacks = set(incomplete.missing)
    given = tuple((name, text, "") for name, text in ctx.texts.items() if name not in lacks)
    command = _whole(ctx, incomplete.command, given)
    asking = _with_the_only_one(ctx, command, Asking("question", (), command.name, ctx.named, given))
    said = {name for name, _, _ in asking.given}
    field = next((name for name in incomplete.missing if name not in said), "")
    asked = None if field else _confirmation(ctx, command, asking)
    return asked or _ask(ctx, command, replace(asking, field=field or incomplete.missing[0]))


def _with_likely(ctx: Context, incomplete: Incomplete) -> Incomplete:
    """What there is one of alone is filled in."""
    given = dict(incomplete.given)
    for parameter in incomplete.command.parameters:
        among = options(ctx, parameter) if parameter.name in incomplete.missing else ()
        if len(among) == 1:
            given[parameter.name] = among[0].value
    return replace(incomplete, given=given)


def begin_with_wanted(ctx: Context, refused: Refused) -> Refused:
    """The first question about what people usually want to give, where nothing is required; else the refusal."""
    command = ctx.command
    if command is None or not command.asks:
        return refused
    return _ask(ctx, command, Asking("question", (), command.name, ctx.named, (), command.asks[0]))


def take_up(ctx: Context, command: Command, rest: str) -> Reply:
    """A command that was offered and chosen. Refuses: as `proceed`; what came whole is not asked for more."""
    ctx.command, ctx.rest = command, rest
    if not may(ctx, command):
        return carrying.run(ctx, command, rest, cause=ctx.event_id)
    texts = {
        name: text
        for name, text in arguments.parse(ctx, command, rest).items()
        if _can_be_read(ctx, command, name, text)
    }
    asking = Asking("question", (), command.name, ctx.named, tuple((n, t, "") for n, t in texts.items()))
    if all(p.name in texts for p in command.parameters if p.required) and (texts or not command.asks):
        return _end(ctx, command, asking)
    return proceed(ctx, command, asking)


def _can_be_read(ctx: Context, command: Command, name: str, text: str) -> bool:
    """Does the text mean something as this parameter? What a sentence has left over may not."""
    try:
        arguments.validate(ctx, command, _parameter(command, name), text, None)
    except Refused:
        return False
    return True


def is_stop(text: str) -> bool:
    """Is it let be?"""
    return _bare(text) in STOP


def is_yes(text: str) -> bool:
    """Is it really meant?"""
    return _bare(text) in YES


def is_word(text: str) -> bool:
    """Is it one of the words that are meant for the conversation, whatever is asked?"""
    return _bare(text) in STOP | BACK | SKIP


def tapped(open_: Dialogue, key: str) -> str | None:
    """The answer that this reaction on the question is; None if it answers nothing."""
    if open_.kind == "preview":
        return "✅" if is_yes(key) or key in ALIKE else None
    skips = open_.kind == "question" and _bare(key) in SKIP
    return key if skips or picked(key, offered(open_)) is not None else None


def is_sign(key: str) -> bool:
    """Is the reaction one by which questions are answered?"""
    return key.replace("\ufe0f", "") in SIGNS or _bare(key) in SKIP | YES


def _bare(text: str) -> str:
    """One of the words that always work, however it is written."""
    return normal(text.strip().rstrip(".! ").replace("\ufe0f", ""))


def answer(ctx: Context, open_: Dialogue, text: str) -> Reply:
    """The reply to the answer: the command is carried out, if nothing is missing any more.

    Refuses: with the next question, or the same one again with the reason; LetBe; and what the
    command refuses.
    """
    if is_stop(text):
        raise Refused(LetBe())
    asking = _asking(open_)
    command = _whole(ctx, COMMANDS[open_.command], asking.given)
    word = _bare(text)
    if word in BACK:
        raise _ask(ctx, command, _back(command, asking))
    if open_.kind == "preview":
        if word not in YES:
            return _unclear(ctx, command, asking, declined=refusals.says_nothing(text))
        return _carry_out(ctx, command, asking)
    parameter = _parameter(command, open_.field)
    if word in HELP:
        raise _ask(ctx, command, asking, explains=command.summary[ctx.language])
    optional = not parameter.required and parameter.name in command.asks
    no, yes = _only_says(ctx, open_, parameter.name, text)
    if optional and (no or word in SKIP):
        text = PASSED
    elif no or yes or word in SKIP:
        raise _ask(ctx, command, asking, needed=not optional, welcome=optional)
    else:
        text = _read(ctx, command, asking, parameter, text, offered(open_))
    if parameter.takes is not None:
        return _take(ctx, command, asking, parameter, text)
    given = (*asking.given, (parameter.name, text, ctx.event_id))
    return proceed(ctx, command, replace(asking, given=given))


def _only_says(ctx: Context, open_: Dialogue, name: str, text: str) -> tuple[bool, bool]:
    """No, or yes, and nothing else, to what is asked in words of one's own: «Möchten Sie die Idee beschreiben?».

    That is no description. In a survey, or where not any text will do, it may be the answer: no date suits.
    """
    command = COMMANDS[open_.command]
    own = next((p for p in command.parameters if p.name == name), None)
    if own is None or choice_of(own) is not None or picked(text, offered(open_)) is not None:
        return False, False
    if own.required and not _can_be_read(ctx, command, own.name, ANY_TEXT):
        return False, False
    return refusals.says_nothing(text), _bare(text) in AGREES


def _take(ctx: Context, command: Command, asking: Asking, parameter: Parameter, text: str) -> Reply:
    """The answer has done what it is for, and is kept nowhere in the conversation; this is what is said next.

    The next question is no refusal here, which would undo it.
    """
    assert parameter.takes is not None
    ctx.command = command
    parameter.takes(ctx, text)
    asking = replace(asking, given=(*asking.given, (parameter.name, PASSED, ctx.event_id)))
    following = _following(command, asking.given)
    if following is None:
        return _end(ctx, command, asking)
    refused = _ask(ctx, command, replace(asking, field=following.name))
    ctx.outside.asking, ctx.outside.seeds = refused.asking, refused.seeds
    return refused.reply


def can_answer(ctx: Context, open_: Dialogue, text: str, *, whole: bool = False) -> bool:
    """Can it be read as an answer? To a question for a text, all can. `whole`: with nothing left over."""
    word = _bare(text)
    if word in STOP | BACK | SKIP | HELP | (YES if open_.kind == "preview" else frozenset()):
        return True
    if open_.kind == "preview":
        return False
    command = _whole(ctx, COMMANDS[open_.command], _asking(open_).given)
    parameter = _parameter(command, open_.field)
    said = _said(parameter, text, offered(open_))
    try:
        if whole:
            arguments.validate(ctx, command, parameter, said, None)
        else:
            _meant(ctx, command, parameter, said)
    except Refused:
        return not whole and bool(_called(ctx, parameter, text))
    return True


def say_why(ctx: Context, offer: Offer, text: str) -> Reply:
    """The reply to a word with a refusal: it is told to those whom it concerns, as the command's reason."""
    if is_stop(text) or refusals.says_nothing(text):
        return LetBe()
    command, number = COMMANDS[offer.data["command"]], offer.data["number"]
    of = next(p for p in command.parameters if p.kind)
    said = " ".join(text.split())[: refusals.LONGEST]
    given = ((of.name, f"{THINGS[of.kind].letter}{number}", ""), (refusals.REASON, said, ctx.event_id))
    return _carry_out(ctx, command, Asking("question", (), command.name, "", given, refusals.REASON))


def reread(ctx: Context, asked: Dialogue, name: str, text: str) -> str:
    """The answer in its new wording, as the text of the parameter. Refuses: BadInput, AnswerTaken."""
    command = _whole(ctx, COMMANDS[asked.command], _asking(asked).given)
    parameter = _parameter(command, name)
    if parameter.takes is not None:
        raise Refused(AnswerTaken())
    word, former = _bare(text), next((said for field, said, _ in asked.given if field == name), "")
    no, yes = _only_says(ctx, asked, name, text)
    if (no or word in SKIP) and not parameter.required and parameter.name in command.asks:
        return PASSED
    if word in STOP | BACK | SKIP | HELP or text.lstrip().startswith(ctx.settings.prefix):
        raise Refused(AnswerStays("", former, anew=text.strip()))
    if no or yes:
        raise Refused(AnswerStays("", former))
    shown = offered(asked) if name == asked.field else ()
    said = _said(parameter, text, shown or options(ctx, parameter))  # of a former question, as they are now
    if is_sample(name, parameter.kind, said):
        raise Refused(AnswerStays("", former))
    return _meant(ctx, command, parameter, said)


def again(ctx: Context, ended: Dialogue, text: str) -> Reply:
    """The command is carried out with its last answer in this wording. Refuses: as the command, and BadInput."""
    asking = _asking(ended)
    name, _, event = asking.given[-1]
    given = (*asking.given[:-1], (name, reread(ctx, ended, name, text), event))
    return _carry_out(ctx, COMMANDS[ended.command], replace(asking, given=given))


def confirm_again(ctx: Context, open_: Dialogue) -> Refused | None:
    """What is asked before the end, with the answers as they are now."""
    return _confirmation(ctx, COMMANDS[open_.command], _asking(open_))


def proceed(ctx: Context, command: Command, asking: Asking) -> Reply:
    """The next question, the preview, or the command carried out. Refuses: see `answer`."""
    asking = _with_the_only_one(ctx, command, asking)
    command = _whole(ctx, command, asking.given)
    following = _following(command, asking.given)
    if following is not None:
        raise _ask(ctx, command, replace(asking, field=following.name))
    if any(text for _, text, _ in asking.given):
        return _end(ctx, command, asking)
    try:
        return _end(ctx, command, asking)
    except Refused as refused:  # all was passed over, and nothing is left to do
        raise Refused(LetBe()) from refused


def _with_the_only_one(ctx: Context, command: Command, asking: Asking) -> Asking:
    """What there is one of alone is taken where the person sees it before anything is done, and else asked for."""
    said = {name for name, _, _ in asking.given}
    for parameter in command.parameters if command.previews else ():
        if parameter.kind and parameter.required and parameter.name not in said:
            among = options(ctx, parameter)
            if len(among) == 1:
                asking = replace(asking, given=(*asking.given, (parameter.name, among[0].value, "")))
    return asking


def _end(ctx: Context, command: Command, asking: Asking) -> Reply:
    """Nothing is missing: it is carried out, or shown first, or the person is asked once more."""
    if (asked := _confirmation(ctx, command, asking)) is not None:
        raise asked
    return _carry_out(ctx, command, asking)


def _unclear(ctx: Context, command: Command, asking: Asking, *, declined: bool) -> Reply:
    """What was to be confirmed is shown once more; `declined`: it is not right so, or not meant at all."""
    if declined and command.sure:
        raise Refused(LetBe())
    asked = _confirmation(ctx, command, asking)
    if asked is not None and isinstance(asked.reply, Preview):
        shown = replace(asked.reply, unclear=not declined, declined=declined)
        raise Refused(shown, asking=asked.asking, below=asked.below, seeds=asked.seeds)
    return _end(ctx, command, asking)


def _confirmation(ctx: Context, command: Command, asking: Asking) -> Refused | None:
    """What is asked before it is done: is it really meant, or right as it will look? None for most commands."""
    if not (command.sure or command.previews):
        return None
    asked = replace(asking, kind="preview", field="")
    shown = _rehearse(ctx, command, asking)
    if command.sure:
        return Refused(Sure(command.name, command.offered(ctx.language)), asking=asked, seeds=("✅",))
    return Refused(Preview(command.name), asking=asked, below=shown, seeds=("✅",))


def _following(command: Command, given: Answers) -> Parameter | None:
    """The parameter that is asked for next: a required one, then a text that people usually want to give."""
    said = {name for name, _, _ in given}
    left = [p for p in command.parameters if p.name not in said and not p.taken]
    wanted = [p for name in command.asks for p in left if p.name == name]
    return next((p for p in (*(p for p in left if p.required or p.asked is not None), *wanted)), None)


def _read(
    ctx: Context,
    command: Command,
    asking: Asking,
    parameter: Parameter,
    text: str,
    among: tuple[Option, ...],
) -> str:
    """The answer as the text of the parameter. Refuses: the same question with the reason."""
    said = _said(parameter, text, among)
    kept = parameter.place in ("line", "word") and _bare(said) in STOP | BACK | SKIP | HELP
    if not said or kept or is_sample(parameter.name, parameter.kind, said):
        raise _ask(ctx, command, asking, needed=True)
    try:
        meant = _meant(ctx, command, parameter, said)
        _require_there(ctx, parameter, arguments.validate(ctx, command, parameter, meant, None))
    except Refused as refused:
        if isinstance(refused.reply, NotFound):
            raise _ask(ctx, command, asking, why=_is_not_there(ctx, refused.reply.ref)) from refused
        if (called := _called(ctx, parameter, said)) and not said[:1].isdecimal():
            raise _ask(ctx, command, asking, near=called) from refused
        if not isinstance(refused.reply, BadInput):
            raise _ask(ctx, command, asking, needed=True) from refused
        if choice_of(parameter) is not None or parameter.among:
            raise _ask(ctx, command, asking, unclear=True) from refused
        why, near = refused.reply.sentence, refused.reply.nearest
        raise _ask(ctx, command, asking, why=why, near=[(near, near)] if near else ()) from refused
    return meant


def _is_not_there(ctx: Context, ref: str) -> str:
    return f"{ref} gibt es nicht." if ctx.language == "de" else f"There is no {ref}."


def _meant(ctx: Context, command: Command, parameter: Parameter, said: str) -> str:
    """The answer, or what of it means something as this parameter. Refuses: BadInput, with what is like it."""
    vain: list[Refused] = []
    all_of_it = parameter.found == "person" and names_several(said)  # one of the people is not all
    for text in chain((said,), () if all_of_it else values_in(parameter, said)):  # where the whole is none
        try:
            arguments.validate(ctx, command, parameter, text, None)
        except Refused as refused:
            vain.append(refused)
        else:
            return text
    raise next((one for one in vain if getattr(one.reply, "nearest", None)), vain[0])


def _called(ctx: Context, parameter: Parameter, said: str) -> list[tuple[str, str]]:
    """The things in whose titles the words stand, as what they are given by and how they are shown."""
    if parameter.kind not in THINGS:
        return []
    found = Titles(ctx).meant(parameter.kind, said.split())[:MOST]
    letter = THINGS[parameter.kind].letter
    return [(f"{letter}{one.number}", f"{letter}{one.number} · {one.title}") for one in found]


def _said(parameter: Parameter, text: str, among: tuple[Option, ...]) -> str:
    """The value of the option that is picked, else the text; in one line, but for a body."""
    option = picked(text, among)
    if among and (parameter.name in SUGGESTED or parameter.several):
        return picked_of_several(text, among)
    said = option.value if option is not None else text.strip()
    return said if parameter.place == "body" else " ".join(said.split())


def _carry_out(ctx: Context, command: Command, asking: Asking) -> Reply:
    """As if the whole had been typed at once."""
    command = _whole(ctx, command, asking.given)
    texts = {name: text for name, text, _ in asking.given if text}
    ctx.ended = asking.given
    if any(p.takes is not None for p in command.parameters):  # nothing of what was taken is kept
        command, ctx.ended = COMMANDS[command.name], ()
    ctx.named = asking.named
    try:
        return carrying.run_with(ctx, command, texts, cause=ctx.event_id)
    except Refused as refused:
        missing = refused.reply.missing[0] if isinstance(refused.reply, Incomplete) else None
        name = missing or _blamed(command, refused.reply)
        if name is None:
            raise
        given = tuple(one for one in asking.given if one[0] != name)
        why = refused.reply.sentence if isinstance(refused.reply, BadInput) else ""
        raise _ask(ctx, command, replace(asking, given=given, field=name), why=why) from refused


def _blamed(command: Command, reply: Reply) -> str | None:
    """The parameter whose text the command could not take, which only it can know."""
    if not isinstance(reply, BadInput) or reply.field is None:
        return None
    return next(
        (p.name for p in command.parameters if reply.field in (*FIELDS.get(p.name, ()), p.name)), None
    )


def _rehearse(ctx: Context, command: Command, asking: Asking) -> Reply | None:
    """What the command would say; nothing of it is done. Refuses: as the command."""
    before, ctx.outside = ctx.outside, Outside()
    shown: Reply | None = None
    try:
        with savepoint(ctx.tx):
            shown = _carry_out(ctx, command, asking)
            cards = [post.reply for post in ctx.outside.posts if post.card is not None]
            shown = cards[0] if cards else shown
            raise _Looked  # noqa: TRY301 - the savepoint takes it all back
    except _Looked:
        pass
    finally:
        ctx.outside = before
        ctx.ended = ()
        ctx.noted.clear()
        ctx.rights.clear()
        ctx.audited = None
    return shown


class _Looked(Exception):  # noqa: N818 - no error
    pass


def _ask(
    ctx: Context,
    command: Command,
    asking: Asking,
    *,
    why: str = "",
    needed: bool = False,
    unclear: bool = False,
    welcome: bool = False,
    explains: str = "",
    near: Iterable[tuple[str, str]] = (),
) -> Refused:
    """The refusal that asks for the field, and keeps what was given; `near`: what was perhaps meant, to be chosen."""
    if (refused := _in_vain(ctx, command, asking.given)) is not None:
        return refused
    command = _whole(ctx, command, asking.given)
    parameter = _parameter(command, asking.field)
    likely = tuple(Option(str(n), *one) for n, one in enumerate(near, 1))
    among = likely or options(ctx, parameter)
    optional = not parameter.required and parameter.name in command.asks
    further = {p.name for p in command.parameters if p.asked is not None}
    first = further.isdisjoint(name for name, _, _ in asking.given)
    question = Question(
        command.name,
        canonical(parameter),
        sentence(command, parameter.name),
        among,
        optional,
        why,
        needed,
        unclear,
        explains,
        (parameter.name in SUGGESTED or parameter.several) and len(among) > 1,
        parameter.name in SUGGESTED or parameter.own_words,
        parameter.before if first else None,
        welcome=welcome,
        none_there=not (among or why or needed or unclear or explains) and is_none_there(ctx, parameter),
    )
    seeds = KEYS[: len(among)] if len(among) <= SEEDED else ()
    return Refused(
        question,
        asking=replace(asking, kind="question", options=among),
        seeds=(*seeds, "⏭️") if optional else seeds,
    )


def _in_vain(ctx: Context, command: Command, given: Answers) -> Refused | None:
    """What the command is refused with in the end, whatever is answered still: by what is known of it now."""
    own, texts = COMMANDS[command.name], {name: text for name, text, _ in given if text}
    known: dict[str, Any] = {}
    try:
        for parameter in own.parameters:
            if parameter.name in texts and _can_be_read(ctx, own, parameter.name, texts[parameter.name]):
                value = arguments.validate(ctx, own, parameter, texts[parameter.name], None)
                known[parameter.name] = value
                _require_there(ctx, parameter, value)
        if own.first is not None:
            own.first(ctx, known)
    except Refused as refused:
        return refused
    return None


def _require_there(ctx: Context, parameter: Parameter, value: Any) -> None:
    """Refuses: as the thing's card, where there is none of this number."""
    if parameter.kind in THINGS and isinstance(value, int) and value > 0:  # none stands for all
        THINGS[parameter.kind].card(ctx, value)


def _back(command: Command, asking: Asking) -> Asking:
    """The last answer is open again; what was typed with the command itself stays, and what was taken."""
    taken = {p.name for p in command.parameters if p.takes is not None}
    if any(name in taken for name, _, _ in asking.given):
        return asking
    typed = tuple(one for one in asking.given if not one[2])
    answers = [one for one in asking.given if one[2]]
    if not answers:
        return asking
    return replace(asking, given=(*typed, *answers[:-1]), field=answers[-1][0])


def _asking(open_: Dialogue) -> Asking:
    """The conversation as its row has it."""
    given = tuple((name, text, event) for name, text, event in open_.given)
    return Asking("question", (), open_.command, open_.named, given, open_.field)


def offered(open_: Dialogue) -> tuple[Option, ...]:
    """The options by which it can be answered."""
    return tuple(Option(**one) for one in open_.options)


def sentence_of(ctx: Context, open_: Dialogue) -> tuple[str, str]:
    """How the person was asked."""
    command = COMMANDS[open_.command]
    return sentence(_whole(ctx, command, _asking(open_).given), open_.field)


def _whole(ctx: Context, command: Command, given: Answers) -> Command:
    """The command with all that it takes, once these answers are known; what may be passed over is asked for too.

    A further parameter takes the place of the command's own of that name: it says of what that is picked.
    """
    own = COMMANDS[command.name]
    if own.further is None:
        return command
    further = own.further(ctx, {name: text for name, text, _ in given if text})
    its_own = {p.name for p in own.parameters}
    optional = tuple(p.name for p in further if not p.required and p.name not in its_own)
    anew = {p.name: p for p in further}
    kept = tuple(anew.pop(p.name, p) for p in own.parameters)
    return replace(own, parameters=(*kept, *anew.values()), asks=(*own.asks, *optional))


def _parameter(command: Command, name: str) -> Parameter:
    return next(p for p in command.parameters if p.name == name)
