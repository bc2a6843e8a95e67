"""The idea pool (concept 7.2): what an idea looks like, and how it gets in, changes and goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, ClassVar, Final, TypeVar

from commands.framework import (
    About,
    Body,
    BuiltUpon,
    Context,
    Failure,
    Machine,
    NewTitle,
    NotFound,
    Opening,
    Refused,
    Reply,
    Role,
    Short,
    Unreadable,
    YesNo,
    action,
    card,
    command,
    named,
    person_follower,
    personal,
    reference,
    titled,
    valued,
)
from commands.framework.arguments import nothing_to_change, refusal
from commands.framework.carrying import not_twice
from commands.ideas import campaigns, matching
from commands.ideas.campaigns import InCampaign
from commands.words import key_of
from storage import cards, ideas, members, votes
from storage.campaigns import Campaign
from storage.ideas import Idea

TO_EDIT: Final = named("idea edit")

OFFERED, SEARCHED = 5, 20  # ideas to pick from; those looked at for words of a title
MEANING: Final = 3  # letters or digits of a title
IdeaRef = Annotated[int, reference("idea")]
OPEN: Final = ("submitted", "under_review")  # not decided yet: its author may still change it


class IdeaCard(Reply):
    """An idea as everybody sees it."""

    idea: Idea
    author: str  # as people read it: «Pia Muster, Aesch»; empty after erasure
    comments: int
    into_link: str | None = None  # to the card of the idea it was merged into
    process_link: str | None = None  # to the card of the process made of it
    campaign_link: str | None = None  # to the card of the campaign that it is for

    @property
    def about(self) -> About:
        return "idea", self.idea.id

    def machine(self) -> Machine:
        return idea_machine(self.idea)


class AboutIdea(Reply):
    """A reply that carries an idea, and what it is to the one who asked."""

    abstract: ClassVar[bool] = True
    idea: Idea
    vote: str = "none"  # the asker's: for, against, neutral, none
    link: str | None = None  # to its card

    @property
    def about(self) -> About:
        return "idea", self.idea.id

    def machine(self) -> Machine:
        return idea_machine(self.idea) | {"you": {"vote": self.vote}}


Carrying = TypeVar("Carrying", bound=AboutIdea)


class Submitted(AboutIdea):
    """The idea is in the pool."""

    name: str = ""
    asks: Campaign | None = None  # ✅ makes it one for this campaign


class ForCampaign(AboutIdea):
    """The idea takes part in its campaign now; or no more, where it has none."""


class Reworded(AboutIdea):
    """The idea says something else now."""


class Withdrawn(AboutIdea):
    """The idea is withdrawn by its author."""


class Restored(AboutIdea):
    """All that the author had changed is as it was before."""


class LikelyDuplicate(Failure):
    """There are ideas like this; nothing was submitted. Each with reference, title, and link to its card."""

    found: tuple[tuple[str, str, str | None], ...]

    def machine(self) -> Machine:
        return super().machine() | {"similar": [ref for ref, _, _ in self.found]}


class NotTheAuthor(Failure):
    """Only who submitted the idea may do that."""

    code: ClassVar[str] = "not_allowed"
    number: int


class NotOpen(Failure):
    """The idea is decided, merged or withdrawn: its author can't change it any more."""

    idea: Idea


def idea_machine(idea: Idea) -> Machine:
    """The idea as other programs read it."""
    found = {
        "topic": idea.topic,
        "campaign": f"W{idea.campaign}" if idea.campaign else None,
        "reason": idea.reason,
        "merged_into": f"I{idea.merged_into}" if idea.merged_into else None,
        "process": f"P{idea.process}" if idea.process else None,
        "author": idea.author or None,
    }
    ratings: Machine = {"count": idea.rating_count}
    if idea.rating_count:
        ratings |= {"effort": f"{idea.effort:.1f}", "benefit": f"{idea.benefit:.1f}"}
    return {
        "type": "idea",
        "title": idea.title,
        "state": idea.state,
        "votes": {"for": idea.votes_for, "against": idea.votes_against, "neutral": idea.votes_neutral},
        "ratings": ratings,
    } | {key: value for key, value in found.items() if value is not None}


def get(ctx: Context, number: int) -> Idea:
    """The idea. Refuses: NotFound."""
    idea = ideas.find(ctx.tx, number)
    if idea is None:
        raise Refused(NotFound(ref=f"I{number}", noun="idee"))
    return idea


def _is_open(ctx: Context, number: int) -> bool:
    return get(ctx, number).state in OPEN


def _linked(ctx: Context, number: int) -> list[tuple[str, int]]:
    """The process made of the idea, and the ideas that were merged into it."""
    process = get(ctx, number).process
    merged = [("idea", one) for one in ideas.list_merged(ctx.tx, number)]
    return [*merged, ("process", process)] if process is not None else merged


@valued("idea")
def newest_ones(ctx: Context) -> list[tuple[int, str]]:
    """The ideas that came last, of those that can be voted on."""
    found = ideas.list_page(
        ctx.tx, hidden=(), state="submitted", topic_key=None, sort="new", offset=0, limit=OFFERED
    )
    return [(one.id, one.title) for one in found]


@titled("idea")
def with_words(ctx: Context, text: str) -> list[tuple[int, str]]:
    """The ideas that answer best if these words are searched for."""
    rated = matching.search(ctx, text)
    best = sorted(rated, key=lambda number: rated[number], reverse=True)[:SEARCHED]
    return [(one.id, one.title) for one in ideas.list_these(ctx.tx, best)]


@card("idea", letter="I", sign="💡", purpose="ideas", seeds=("👍", "👎"), is_open=_is_open, linked=_linked)
def idea_card(ctx: Context, number: int) -> IdeaCard:
    idea = get(ctx, number)
    author = members.find(ctx.tx, idea.author) if idea.author else None
    placed = cards.find(ctx.tx, "idea", str(number))
    return IdeaCard(
        idea,
        author=", ".join(filter(None, (author.name, author.municipality))) if author else "",
        comments=placed.comments if placed else 0,
        into_link=ctx.card_link("idea", idea.merged_into) if idea.merged_into else None,
        process_link=ctx.card_link("process", idea.process) if idea.process else None,
        campaign_link=ctx.card_link("campaign", idea.campaign) if idea.campaign else None,
    )


# --- into the pool


def _has_ideas(ctx: Context) -> bool:
    """The asker has submitted one."""
    return ideas.count_of_author(ctx.tx, ctx.me.user_id) > 0


@command(
    "idee neu",
    "idea new",
    role=Role.PI,
    de="eine Idee einreichen",
    en="submit an idea",
    example=("Umzugsmeldung: Formulare vorausfüllen", "Moving house: fill in the forms"),
    asks=("text",),
    words=(
        "platzieren",
        "gute Idee",
        "Idee für",
        "überlegt",
        "einbringen",
        "eingebracht",
        "einreichen",
        "eingefallen",
        "igfalle",
        "online machen",
        "wäre gut wenn",
        "mein Vorschlag wäre",
        "front desk",
        "Idee ein",
        "new suggestion",
        "in den Sinn",
        "Sinn gekommen",
        "aufschreiben",
        "notieren",
        "Vorschlag machen",
        "etwas vorschlagen",
        "möchte vorschlagen",
        "Wunsch",
        "Verbesserung",
        "verbessern",
        "add idea",
        "habe Idee",
        "will Idee",
        "möchte Idee",
        "new idea",
        "man könnte",
        "bring up",
        "melden",
        "eingeben",
        "deponieren",
        "vorschlagen",
        "vorbringen",
        "habe eine Idee",
        "hätte einen Vorschlag",
        "eine Idee",
        "Idee schreiben",
        "suggest",
        "submit",
        "have an idea",
        "neue Idee",
        "eine Idee melden",
    ),
    offer=("Eine Idee einreichen", "Submit an idea"),
)
def submit(
    ctx: Context,
    title: Opening,
    *,
    text: Body = "",
    topic: Short | None = None,
    campaign: InCampaign | None = None,
    anyway: YesNo = "no",
) -> Submitted:
    """The idea is in the pool, and its card in the idea room.

    Refuses: LikelyDuplicate; BadInput, CampaignNotOpen for the campaign.
    """
    _check(ctx, title, text)
    if campaign is not None:
        campaigns.came_late(ctx, campaigns.require_open(ctx, campaign))
    not_twice(ctx, anyway, lambda: _likely(ctx, title))
    submitted = _add(ctx, title, text, topic, campaign)
    return _and_asks(ctx, submitted) if campaign is None else submitted


def _and_asks(ctx: Context, submitted: Submitted) -> Submitted:
    """While one campaign is open, a tap makes the idea one for it; not where the reply is the card, which all see."""
    found = campaigns.list_open(ctx)
    if len(found) != 1 or ctx.where.room_id == ctx.room_for("ideas"):
        return submitted
    number = submitted.idea.id
    ctx.offer("✅", join, user_id=ctx.me.user_id, role=Role.PI, number=number, campaign=found[0].id)
    return replace(submitted, asks=found[0])


@action
def join(ctx: Context, number: int, campaign: int) -> ForCampaign:
    """The idea takes part in the campaign, which is open. Refuses: CampaignNotOpen, NotOpen."""
    idea = get_own(ctx, number)
    campaigns.require_open(ctx, campaign)
    if idea.campaign is None:
        _take_part(ctx, number, campaign)
        ctx.undo(step_out, number=number)
    return _about(ctx, ForCampaign, number)


@action
def step_out(ctx: Context, number: int) -> ForCampaign:
    """The idea takes part in no campaign, as before."""
    campaigns.follow(ctx, get_own(ctx, number))
    _take_part(ctx, number, None)
    return _about(ctx, ForCampaign, number)


def _take_part(ctx: Context, number: int, campaign: int | None) -> None:
    ideas.change(ctx.tx, number, campaign=campaign)
    campaigns.recount(ctx, number)
    ctx.changed("idea", number)


def _likely(ctx: Context, title: str) -> LikelyDuplicate | None:
    found = matching.similar(ctx, title)
    near = tuple((f"I{number}", shown, ctx.card_link("idea", number)) for number, shown in found)
    return LikelyDuplicate(near) if near else None


def _check(ctx: Context, title: str, text: str) -> None:
    """Refuses: BadInput, for a title of a letter or two where no text says what is meant."""
    if not text and sum(letter.isalpha() for letter in title) < MEANING:
        nothing = Unreadable(
            de="Der Titel ist zu kurz. Schreiben Sie in ein paar Worten, worum es geht.",
            en="The title is too short. Say in a few words what it is about.",
        )
        raise refusal(ctx, nothing, "title")


def _add(ctx: Context, title: str, text: str, topic: str | None, campaign: int | None) -> Submitted:
    number = ctx.number("idea")
    if ctx.revising:
        _drop(ctx, number)
    ideas.add(
        ctx.tx,
        number=number,
        author=ctx.me.user_id,
        title=title,
        text=text,
        topic=topic,
        topic_key=_topic_key(topic),
        campaign=campaign,
        at=ctx.now,
    )
    made = get(ctx, number)
    campaigns.follow(ctx, made)
    matching.remember(ctx, made)
    ctx.place_card("idea", number)
    ctx.undo(take_back, number=number)
    return Submitted(made, link=ctx.card_link("idea", number), name=ctx.me.name)


def _drop(ctx: Context, number: int) -> None:
    """Make room for the idea that an edited command makes anew: with its number, and on its card."""
    before = ideas.find(ctx.tx, number)
    if before is not None:
        votes.remove(ctx.tx, idea_id=number, user_id=ctx.me.user_id)
        campaigns.voted(ctx, before, ctx.me.user_id)
        matching.forget(ctx, before)
        ideas.remove(ctx.tx, number)


def _topic_key(topic: str | None) -> str | None:
    return key_of(topic) if topic else None


@action
def take_back(ctx: Context, number: int) -> Withdrawn:
    """The idea is withdrawn again, as long as nobody else has voted, and nobody rated or decided it.

    Comments do not hold it back. For an edited command its number is free to be used again.
    """
    idea = get(ctx, number)
    own = votes.find_vote(ctx.tx, number, ctx.me.user_id)
    others = idea.votes_for + idea.votes_against + idea.votes_neutral - (own != "none")
    if idea.state != "submitted" or others or idea.rating_count:
        raise Refused(BuiltUpon(ref=f"I{number}", instead=TO_EDIT(f"I{number}")))
    if own != "none":
        votes.remove(ctx.tx, idea_id=number, user_id=ctx.me.user_id)
        campaigns.voted(ctx, idea, ctx.me.user_id)
    ctx.keep_numbers("idea", number)
    _set_state(ctx, number, "withdrawn")
    return _about(ctx, Withdrawn, number)


# --- what its author may do with it


def get_own(ctx: Context, number: int) -> Idea:
    """The asker's idea, which is not decided yet. Refuses: NotFound, NotTheAuthor, NotOpen."""
    idea = get(ctx, number)
    if idea.author != ctx.me.user_id:
        raise Refused(NotTheAuthor(number))
    if idea.state not in OPEN:
        raise Refused(NotOpen(idea))
    return idea


@command(
    "idee ändern",
    "idea edit",
    role=Role.PI,
    de="Titel, Thema oder Text Ihrer Idee ändern",
    en="change title, topic or text of your idea",
    example=("I12 titel: Formulare vorausfüllen", "I12 title: fill in the forms"),
    there=_has_ideas,
    words=("meine Idee ändern", "Text", "Titel", "change my idea"),
    offer=("Meine Idee ändern", "Change my idea"),
)
def reword(
    ctx: Context,
    idea: IdeaRef,
    *,
    title: NewTitle | None = None,
    text: Body = "",
    topic: Short | None = None,
) -> Reworded:
    """The idea says this now, and its history what it said before. Refuses: NotTheAuthor, NotOpen."""
    before = get_own(ctx, idea)
    if title is None and not text and topic is None:
        raise nothing_to_change(ctx)
    _check(ctx, title or before.title, text or before.text)
    wording = ideas.add_wording(ctx.tx, before, until=ctx.now)
    _write(
        ctx,
        before,
        title=title or before.title,
        text="" if text == "-" else text or before.text,
        topic=before.topic if topic is None else _emptied(topic),
    )
    ctx.undo(restore_wording, number=idea, wording=wording)
    return _about(ctx, Reworded, idea)


def _emptied(topic: str) -> str | None:
    return None if topic == "-" else topic


@action
def restore_wording(ctx: Context, number: int, wording: int) -> Restored:
    """The idea says again what it said before its last change, unless it was decided since."""
    idea = get(ctx, number)
    last = next(iter(ideas.list_wordings(ctx.tx, number, limit=1)), None)
    if idea.state not in OPEN or last is None or last.id != wording:
        raise Refused(BuiltUpon(ref=f"I{number}", instead=TO_EDIT(f"I{number}")))
    ideas.remove_wording(ctx.tx, wording)
    _write(ctx, idea, title=last.title, text=last.text, topic=last.topic)
    return _about(ctx, Restored, number)


def _write(ctx: Context, before: Idea, *, title: str, text: str, topic: str | None) -> None:
    key = _topic_key(topic)
    ideas.change(ctx.tx, before.id, title=title, text=text, topic=topic, topic_key=key, changed_at=ctx.now)
    matching.remember(ctx, get(ctx, before.id), before=before)
    ctx.changed("idea", before.id)


@command(
    "idee zurückziehen",
    "idea withdraw",
    role=Role.PI,
    de="Ihre Idee zurückziehen",
    en="withdraw your idea",
    example=("I12", "I12"),
    there=_has_ideas,
    offer=("Meine Idee zurückziehen", "Withdraw my idea"),
)
def withdraw(ctx: Context, idea: IdeaRef) -> Withdrawn:
    """The idea takes no votes any more; those given stay with it. Refuses: NotTheAuthor, NotOpen."""
    before = get_own(ctx, idea)
    _set_state(ctx, idea, "withdrawn")
    ctx.undo(restore, number=idea, state=before.state)
    return _about(ctx, Withdrawn, idea)


@action
def restore(ctx: Context, number: int, state: str) -> Restored:
    """The withdrawn idea is in the pool again."""
    if get(ctx, number).state != "withdrawn":
        raise Refused(BuiltUpon(ref=f"I{number}"))
    _set_state(ctx, number, state)
    return _about(ctx, Restored, number)


def _set_state(ctx: Context, number: int, state: str) -> None:
    ideas.change(ctx.tx, number, state=state, changed_at=ctx.now)
    ctx.changed("idea", number)
    campaigns.follow(ctx, get(ctx, number))


def _about(ctx: Context, reply: type[Carrying], number: int) -> Carrying:
    """Such a reply about the idea as it is now, for the asker."""
    vote = votes.find_vote(ctx.tx, number, ctx.me.user_id)
    return reply(get(ctx, number), vote=vote, link=ctx.card_link("idea", number))


# --- personal data


@person_follower
def _of_author(ctx: Context, user_id: str) -> None:
    for idea in ideas.list_all_of_author(ctx.tx, user_id):
        ctx.changed("idea", idea.id)


def _erase(ctx: Context, user_id: str) -> None:
    """The ideas stay, without a name."""
    _of_author(ctx, user_id)
    ideas.forget_author(ctx.tx, user_id)


@personal("ideas", erase=_erase)
def _export(ctx: Context, user_id: str) -> Any:
    return [
        {
            "ref": f"I{idea.id}",
            "title": idea.title,
            "text": idea.text,
            "topic": idea.topic,
            "campaign": f"W{idea.campaign}" if idea.campaign else None,
            "state": idea.state,
            "reason": idea.reason,
            "submitted": idea.created_at.isoformat(),
            "changed": idea.changed_at.isoformat(),
            "before": [
                {"title": w.title, "text": w.text, "topic": w.topic, "until": w.until.isoformat()}
                for w in ideas.list_wordings(ctx.tx, idea.id, limit=1000)
            ],
        }
        for idea in ideas.list_all_of_author(ctx.tx, user_id)
    ]
