"""Let a card station in, and shut it out: codes, certificates, and taking a certificate back.

    make a code    by a person: the code is shown once, its hash is kept for half an hour
    enrol          by the code: the station's first certificate, in the name of whoever made the code
    renew          by a certificate that stands: the next one; the one before lasts a day more at most
    revoke         by a person: dead at the station's next request

What a station sends is asked again where an answer was lost: a code that was used gives the same certificate
again to whoever has the same key, and to nobody else. The authority's signature is made before the order is
posted, and only what is posted leaves the house.

Refusals: unknown_station, other_branch, reference_used, no_station_code, station_code_used, no_certificate,
certificate_revoked, too_many_certificates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core.authority import Function
from gateway.core.books import Decision, Needs
from gateway.core.counter import taken_at
from gateway.core.diary import Action, Actor, DiaryLine, DiaryOutcome
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import StationCertified
from gateway.core.office_books import OfficeChange, OfficeNeeds
from gateway.core.people_told import rows_told
from gateway.core.station_certificate import CODE_LASTS_US, RENEWED_LASTS_US, STANDING_MAX, StationCode
from gateway.core.timeline import microseconds
from gateway.office.staff_order import StaffOrder, changed, not_done

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.station_certificate import StationCertificate


@dataclass(frozen=True, slots=True)
class MakeStationCode(StaffOrder):
    """A code that lets ``station`` in once; ``code`` is its hash."""

    station: str
    code: str

    def wants(self) -> OfficeNeeds:
        """Whoever makes it, and whether there is such a code."""
        return OfficeNeeds(logins=(self.by,), station_codes=(self.code,))

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or keep its hash."""
        station = books.office.stations.get(self.station)
        if station is None or not station.is_open:
            return not_done(OfficeRefusal.UNKNOWN_STATION, self.station)
        if self.giver_branch(books) not in {None, station.branch}:
            return not_done(OfficeRefusal.OTHER_BRANCH)
        if self.code in books.office.station_codes:
            return not_done(OfficeRefusal.REFERENCE_USED)
        at_us = microseconds(now)
        made = StationCode(self.code, self.station, at_us, at_us + CODE_LASTS_US, self.by)
        return changed(self.station, 1, OfficeChange(station_codes=(made,)), "a code to let it in was made")


@dataclass(frozen=True, slots=True)
class RevokeCertificate(StaffOrder):
    """The certificate ``number`` lets nobody in any more."""

    number: str

    def wants(self) -> OfficeNeeds:
        """Whoever takes it back, and the certificate."""
        return OfficeNeeds(logins=(self.by,), certificates=(self.number,))

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or take it back; one that was taken back before stays as it is."""
        found = books.office.certificates.get(self.number)
        if found is None:
            return not_done(OfficeRefusal.NO_CERTIFICATE, self.number)
        station = books.office.stations.get(found.station)
        if self.giver_branch(books) not in {None, station.branch if station else None}:
            return not_done(OfficeRefusal.OTHER_BRANCH)
        if found.revoked_us is not None:
            return not_done(OfficeRefusal.CERTIFICATE_REVOKED, self.number)
        after = found.revoked(self.by, microseconds(now))
        told = f"certificate {self.number} of {found.station} taken back"
        return changed(found.station, 1, OfficeChange(certificates=(after,)), told)


@dataclass(frozen=True, slots=True)
class StationOrder:
    """A station asks for a certificate, which is made out already; ``address`` is where it is."""

    certificate: StationCertificate
    address: str

    digest = ""
    channel = ""

    @property
    def key(self) -> str:
        """Its own; nothing is remembered under it."""
        return f"station/{self.certificate.number}"

    def _certified(
        self, by: str, told: str, *others: StationCertificate, code: StationCode | None = None
    ) -> Decision:
        made = replace(self.certificate, by=by)
        change = OfficeChange(certificates=(made, *others), station_codes=() if code is None else (code,))
        # The station itself acts; who let it in stands in the row and in the line.
        actor = Actor(taken_at(made.station), made.number, self.address, made.station)
        detail = f"{told}; {rows_told(change)}"
        line = DiaryLine(
            actor, Function.STATIONS.value, Action.CHANGE, made.station, DiaryOutcome.DONE, detail
        )
        return Decision(StationCertified(made), office=change, diary=(line,))


@dataclass(frozen=True, slots=True)
class EnrolStation(StationOrder):
    """A station shows a code, of which ``code`` is the hash."""

    code: str

    def needs(self) -> Needs:
        """The code, and the certificates of its station."""
        return Needs(office=OfficeNeeds(station_codes=(self.code,)))

    def decide(self, books: Books, now: datetime) -> Decision:
        """Refuse, give the same again, or let it in."""
        at_us, office = microseconds(now), books.office
        code = office.station_codes.get(self.code)
        if code is None or code.station != self.certificate.station:
            return Decision(NotDone(OfficeRefusal.NO_STATION_CODE))
        given = office.certificates.get(code.number) if code.number else None
        if given is not None and given.key_digest == self.certificate.key_digest and given.stands(at_us):
            return Decision(StationCertified(given))
        if code.number:
            return Decision(NotDone(OfficeRefusal.STATION_CODE_USED))
        if at_us >= code.ends_us:
            return Decision(NotDone(OfficeRefusal.NO_STATION_CODE))
        refusal = _refusal(books, code.station, at_us)
        if refusal is not None:
            return Decision(NotDone(refusal))
        used = replace(code, number=self.certificate.number)
        told = f"let in by a code of {code.by}, certificate {self.certificate.number}"
        return self._certified(code.by, told, code=used)


@dataclass(frozen=True, slots=True)
class RenewCertificate(StationOrder):
    """A station that came with the certificate ``before`` wants the next one."""

    before: str

    def needs(self) -> Needs:
        """The one before, and all others of the station."""
        return Needs(office=OfficeNeeds(certificates=(self.before,)))

    def decide(self, books: Books, now: datetime) -> Decision:
        """Refuse, give the same again, or give the next one."""
        at_us, mine = microseconds(now), self.certificate
        before = books.office.certificates.get(self.before)
        if before is None or before.station != mine.station or not before.stands(at_us):
            return Decision(NotDone(OfficeRefusal.CERTIFICATE_REVOKED))
        for one in books.office.certificates.values():
            # A station keeps its key, so the one that it came with is of the same key, and no newer one.
            is_newer = one.station == mine.station and one.ends_us > before.ends_us
            if is_newer and one.key_digest == mine.key_digest and one.stands(at_us):
                return Decision(StationCertified(one))
        refusal = _refusal(books, mine.station, at_us)
        if refusal is not None:
            return Decision(NotDone(refusal))
        told = f"certificate {mine.number} in place of {before.number}"
        return self._certified(before.by, told, before.ending(at_us + RENEWED_LASTS_US))


def _refusal(books: Books, code: str, at_us: int) -> OfficeRefusal | None:
    station = books.office.stations.get(code)
    if station is None or not station.is_open:
        return OfficeRefusal.UNKNOWN_STATION
    standing = sum(one.station == code and one.stands(at_us) for one in books.office.certificates.values())
    return OfficeRefusal.TOO_MANY_CERTIFICATES if standing >= STANDING_MAX else None
