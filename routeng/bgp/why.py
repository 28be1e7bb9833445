"""Why a speaker has the route it has for a prefix, or why it has none: every path with what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from routeng.bgp.decision import Candidate, Path
from routeng.lpm import Prefix

if TYPE_CHECKING:
    from routeng.bgp.solution import Solution


class Fate(msgspec.Struct, frozen=True):
    """What became of one route on its way to a speaker.

    `stage`: "best", "shares load", "lost" (at step `reason` to `against`), "ineligible", "refused" by the speaker's
    import, or "not sent" by the neighbour; `reason` is the step or the stable reason, `detail` the rest of it.
    """

    stage: str
    peer: str
    session: str
    as_path: str
    reason: str | None = None
    detail: str = ""
    against: str | None = None

    def __str__(self) -> str:
        path = f" ({self.as_path or 'empty path'})" if self.stage != "not sent" else ""
        over = f" over {self.session}" if self.session else ""
        text = f"{self.stage}: from {self.peer}{over}{path}"
        if self.reason is not None:
            text += f", {'at ' if self.against is not None else ''}{self.reason}"
        if self.against is not None:
            text += f" {'against' if self.stage == 'best' else 'to'} {self.against}"
        return text + (f": {self.detail}" if self.detail else "")


class Explanation(msgspec.Struct, frozen=True):
    """The fates of every route for `prefix` that `speaker` holds, refused, or was not sent; best first."""

    speaker: str
    prefix: Prefix
    fates: tuple[Fate, ...]

    def __str__(self) -> str:
        return "\n".join([f"{self.prefix} at {self.speaker}", *(f"  {fate}" for fate in self.fates)])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "speaker": self.speaker,
            "prefix": str(self.prefix),
            "routes": [{name: getattr(fate, name) for name in Fate.__struct_fields__} for fate in self.fates],
        }


def _name(path: Path) -> str:
    return f"{path.peer} over {path.session}" if path.session else path.peer


def _fate(candidate: Candidate, runner_up: Candidate | None) -> Fate:
    path = candidate.path
    where = path.peer, path.session, str(path.attributes.as_path)
    if candidate.ineligible is not None:
        return Fate("ineligible", *where, candidate.ineligible.reason, candidate.ineligible.detail)
    if candidate.best:
        if runner_up is None:
            return Fate("best", *where, "only_path")
        return Fate("best", *where, runner_up.lost_at, against=_name(runner_up.path))
    stage = "shares load" if candidate.multipath else "lost"
    to = None if candidate.lost_to is None else _name(candidate.lost_to)
    return Fate(stage, *where, candidate.lost_at, against=to)


def why(solution: Solution, speaker: str, prefix: Prefix | str) -> Explanation:
    """Explain one Loc-RIB entry or its absence.  KeyError: no such speaker; ValueError: not a prefix."""
    prefix = Prefix(prefix) if isinstance(prefix, str) else prefix
    entry = solution.rib(speaker, prefix)
    fates: list[Fate] = []
    if entry is not None:
        fates.extend(_fate(candidate, entry.runner_up) for candidate in entry.candidates)
    heard = set()
    for received in solution.received(speaker, prefix):
        heard.add(received.session)
        if received.reject is not None:
            path = str(received.sent.as_path)
            refusal = received.reject
            fates.append(
                Fate("refused", received.peer, received.session, path, refusal.reason, refusal.detail)
            )
    neighbours = sorted(
        {link.sender.name for link in solution.running.links if link.receiver.name == speaker}
    )
    for neighbour in neighbours:
        for offered in solution.advertised(neighbour, prefix):
            if offered.peer != speaker or offered.reject is None or offered.session in heard:
                continue
            path = "" if offered.path is None else str(offered.path.attributes.as_path)
            fates.append(
                Fate(
                    "not sent", neighbour, offered.session, path, offered.reject.reason, offered.reject.detail
                )
            )
    fates.extend(_closed(solution, speaker, prefix))
    return Explanation(speaker, prefix, tuple(fates))


def _closed(solution: Solution, speaker: str, prefix: Prefix) -> Iterator[Fate]:
    """The neighbours that hold the prefix behind a session that is down, or went down for max-prefix."""
    dropped = {d.session: d for d in solution.dropped_sessions}
    for session in solution.running.sessions.values():
        if session.up or speaker not in (session.a.speaker, session.b.speaker):
            continue
        neighbour = session.b.speaker if session.a.speaker == speaker else session.a.speaker
        best = solution.best(neighbour, prefix)
        if best is None:
            continue
        reason, detail = "session_down", ""
        if session.id in dropped:
            drop = dropped[session.id]
            reason, detail = (
                "max_prefix",
                f"{drop.receiver} got {drop.received} prefixes, its limit is {drop.limit}",
            )
        yield Fate("not sent", neighbour, session.id, str(best.attributes.as_path), reason, detail)
