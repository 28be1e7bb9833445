"""The session graph: which speakers exist and who talks to whom."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from routeng.bgp.session import Link, Session, session_kind
from routeng.bgp.speaker import Speaker


class Graph:
    """An immutable set of speakers and sessions; ValueError names everything that is wrong at once.

    Speakers may share an AS and, where a platform's instances do, a router id.  `stages`, when given, are groups
    of speaker names that start one after another (the computed state is that of this history).
    """

    def __init__(
        self,
        speakers: Iterable[Speaker],
        sessions: Iterable[Session] = (),
        stages: Iterable[Iterable[str]] = (),
    ) -> None:
        self.speakers: dict[str, Speaker] = {}
        self.sessions: dict[str, Session] = {}
        self.stages: tuple[tuple[str, ...], ...] = tuple(tuple(stage) for stage in stages)
        errors: list[str] = []
        for speaker in speakers:
            if speaker.name in self.speakers:
                errors.append(f"speaker {speaker.name!r} is declared twice")
            self.speakers[speaker.name] = speaker
        for session in sessions:
            if session.id in self.sessions:
                errors.append(f"session {session.id!r} is declared twice; give one of them a name")
            self.sessions[session.id] = session
            for end in (session.a, session.b):
                if end.speaker not in self.speakers:
                    errors.append(f"session {session.id!r}: no speaker {end.speaker!r}")
            if session.a.speaker == session.b.speaker:
                errors.append(f"session {session.id!r} joins {session.a.speaker!r} with itself")
        for stage in self.stages:
            errors.extend(
                f"stage names unknown speaker {name!r}" for name in stage if name not in self.speakers
            )
        if errors:
            raise ValueError("; ".join(errors))

    @cached_property
    def every_link(self) -> tuple[Link, ...]:
        """Both directions of every session in declaration order, down ones too; `Link.index` is the place here."""
        links: list[Link] = []
        for session in self.sessions.values():
            a, b = self.speakers[session.a.speaker], self.speakers[session.b.speaker]
            kind = session_kind(session, a, b)
            index = len(links)
            links.append(Link(index, session, a, b, session.a, session.b, kind, index + 1))
            links.append(Link(index + 1, session, b, a, session.b, session.a, kind, index))
        return tuple(links)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """The links of the sessions that are up."""
        return tuple(link for link in self.every_link if link.session.up)

    @cached_property
    def links_from(self) -> dict[str, tuple[Link, ...]]:
        """The links on which each speaker announces."""
        out: dict[str, list[Link]] = {name: [] for name in self.speakers}
        for link in self.links:
            out[link.sender.name].append(link)
        return {name: tuple(links) for name, links in out.items()}

    def with_speaker(self, speaker: Speaker) -> Graph:
        """A graph in which `speaker` is added or replaces the one of its name."""
        speakers = {**self.speakers, speaker.name: speaker}
        return Graph(speakers.values(), self.sessions.values(), self.stages)

    def without_speaker(self, name: str) -> Graph:
        """A graph without the speaker and its sessions."""
        if name not in self.speakers:
            raise KeyError(name)
        return Graph(
            (s for s in self.speakers.values() if s.name != name),
            (s for s in self.sessions.values() if name not in (s.a.speaker, s.b.speaker)),
            (tuple(n for n in stage if n != name) for stage in self.stages),
        )

    def with_session(self, session: Session) -> Graph:
        """A graph in which `session` is added or replaces the one of its name."""
        sessions = {**self.sessions, session.id: session}
        return Graph(self.speakers.values(), sessions.values(), self.stages)

    def without_session(self, name: str) -> Graph:
        """A graph without the session of that name."""
        if name not in self.sessions:
            raise KeyError(name)
        return Graph(self.speakers.values(), (s for s in self.sessions.values() if s.id != name), self.stages)

    def session_down(self, name: str) -> Graph:
        """A graph in which the session is down."""
        return self.with_session(self.sessions[name].replace(up=False))

    def session_up(self, name: str) -> Graph:
        """A graph in which the session is up."""
        return self.with_session(self.sessions[name].replace(up=True))
