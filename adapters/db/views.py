"""Answers the questions of ``gateway.core.views``; obeys ``ports.Views``."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

from adapters.db.open_sales import OPEN_SALES
from adapters.db.station_rows import (
    CARD_ORDERS_KNOWN,
    CARD_ORDERS_RESERVED,
    STATION_CERTIFICATES,
    STATION_CODE_KNOWN,
    STATION_KNOWN,
)
from adapters.db.view_accounts import ACCOUNT_DAYS, ACCOUNTS_OF_DAY
from adapters.db.view_banks import BANKS
from adapters.db.view_booked import ENTRY_FILE, SALE_FILE
from adapters.db.view_calls import CALLS, LINE_FIGURES
from adapters.db.view_cards import CARD_FILE, CARD_ORDER_FILE, CARD_ORDERS, CARDS, KNOWN_SERIALS
from adapters.db.view_connection import asking
from adapters.db.view_control import DIARY, REQUESTS
from adapters.db.view_dashboard import DASHBOARD
from adapters.db.view_days import DAY_CLOSE, DAYS, OPEN_DAYS
from adapters.db.view_departures import DEPARTURES, REFUNDS
from adapters.db.view_figures import DAY_TOTALS, TRIAL_BALANCE
from adapters.db.view_files import CUSTOMER_FILE, CUSTOMERS, METER_FILE, METERS
from adapters.db.view_found import FOUND
from adapters.db.view_invoices import INVOICE_FILE, INVOICES
from adapters.db.view_keys import METERS_NOT_MIGRATED, VENDING_KEYS
from adapters.db.view_lines import GAPS, ROUNDS_KEPT
from adapters.db.view_losses import FROZEN_MOMENTS, LOSS_METERS, MEASURED_PLACES
from adapters.db.view_management import MANAGEMENT_ORDERS
from adapters.db.view_meter_line import METER_LINE
from adapters.db.view_points import (
    AMENDMENTS,
    DUE_POINTS,
    NETWORK_PLACES,
    SUPPLY_POINT_FILE,
    SUPPLY_POINTS,
)
from adapters.db.view_readings import INSPECTIONS, KNOWN_METERS, METERS_TO_READ, READINGS
from adapters.db.view_remote import REMOTE_ORDER_FILE, REMOTE_ORDERS
from adapters.db.view_remote_due import REMOTE_DUE, REMOTE_NOW, TIMETABLE_NOW, UNORDERED
from adapters.db.view_resets import RESET_FILE
from adapters.db.view_sales import SALES
from adapters.db.view_shift import SHIFT_FILE
from adapters.db.view_staff import (
    BRANCHES,
    OPERATORS,
    ROLES,
    SESSIONS,
    SHIFTS,
    SIGNED_IN_AS,
    STATIONS,
)
from adapters.db.view_statement import STATEMENT
from adapters.db.view_stock import KNOWN_PANS, STOCK
from adapters.db.view_tariffs import TARIFF_VERSIONS
from adapters.db.view_timetables import METERS_NOT_SWITCHED, TIMETABLE_FILE, TIMETABLES
from adapters.db.view_timetables_due import TIMETABLE_WANTING, TIMETABLES_DUE
from adapters.db.view_to_inspect import TO_INSPECT
from adapters.db.view_tokens import TOKEN_QUESTION
from adapters.db.view_tried import METERS_OF_TYPE
from adapters.db.view_troubles import EXCEPTIONS
from adapters.db.view_visit import VISIT_FACTS
from adapters.db.view_ways import GROUP_REACHES, GROUPS, SCHEDULES, WAY_FILE, WAYS
from gateway.core import views as v
from gateway.core import (
    views_booked,
    views_cards,
    views_departures,
    views_files,
    views_found,
    views_invoices,
    views_ledger,
    views_lines,
    views_losses,
    views_orders,
    views_points,
    views_readings,
    views_remote,
    views_remote_due,
    views_resets,
    views_sales,
    views_shift,
    views_staff,
    views_stations,
    views_stock,
    views_timetables,
    views_timetables_due,
    views_tried,
    views_visit,
    views_watch,
    views_ways,
)
from gateway.ports import TakesTooLong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection, Engine
    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

    from adapters.db.view import View
    from gateway.core.views import Query, RowT, TotalsT

    RunElsewhere = Callable[..., Deferred[Any]]

    AnswerT = TypeVar("AnswerT")

_VIEWS: Final[dict[type[Query[Any, Any]], View]] = {
    v.TrialBalance: TRIAL_BALANCE,
    v.Statement: STATEMENT,
    v.DayTotals: DAY_TOTALS,
    v.Days: DAYS,
    v.OpenDays: OPEN_DAYS,
    v.DayClose: DAY_CLOSE,
    v.OpenSales: OPEN_SALES,
    v.TariffVersions: TARIFF_VERSIONS,
    v.VendingKeys: VENDING_KEYS,
    v.MetersNotMigrated: METERS_NOT_MIGRATED,
    views_ledger.AccountsOfDay: ACCOUNTS_OF_DAY,
    views_ledger.AccountDays: ACCOUNT_DAYS,
    views_sales.Sales: SALES,
    views_invoices.Invoices: INVOICES,
    views_invoices.InvoiceFile: INVOICE_FILE,
    views_booked.SaleFile: SALE_FILE,
    views_booked.EntryFile: ENTRY_FILE,
    views_files.Customers: CUSTOMERS,
    views_files.CustomerFile: CUSTOMER_FILE,
    views_files.Meters: METERS,
    views_files.MeterFile: METER_FILE,
    views_points.SupplyPoints: SUPPLY_POINTS,
    views_points.SupplyPointFile: SUPPLY_POINT_FILE,
    views_points.NetworkPlaces: NETWORK_PLACES,
    views_points.Amendments: AMENDMENTS,
    views_points.DuePoints: DUE_POINTS,
    views_readings.Readings: READINGS,
    views_readings.KnownMeters: KNOWN_METERS,
    views_readings.MetersToRead: METERS_TO_READ,
    views_readings.ToInspect: TO_INSPECT,
    views_readings.Inspections: INSPECTIONS,
    views_losses.MeasuredPlaces: MEASURED_PLACES,
    views_losses.LossMeters: LOSS_METERS,
    views_losses.FrozenMoments: FROZEN_MOMENTS,
    views_departures.Departures: DEPARTURES,
    views_departures.Refunds: REFUNDS,
    views_resets.ResetFile: RESET_FILE,
    views_remote_due.Unordered: UNORDERED,
    views_remote_due.RemoteDue: REMOTE_DUE,
    views_remote_due.RemoteNow: REMOTE_NOW,
    views_remote_due.TimetableNow: TIMETABLE_NOW,
    views_timetables.Timetables: TIMETABLES,
    views_timetables.TimetableFile: TIMETABLE_FILE,
    views_timetables.MetersNotSwitched: METERS_NOT_SWITCHED,
    views_timetables_due.TimetablesDue: TIMETABLES_DUE,
    views_timetables_due.TimetableWanting: TIMETABLE_WANTING,
    views_visit.VisitFacts: VISIT_FACTS,
    views_orders.ManagementOrders: MANAGEMENT_ORDERS,
    views_shift.ShiftFile: SHIFT_FILE,
    views_stock.Stock: STOCK,
    views_stock.KnownPans: KNOWN_PANS,
    views_cards.Cards: CARDS,
    views_cards.CardFile: CARD_FILE,
    views_cards.CardOrders: CARD_ORDERS,
    views_cards.CardOrderFile: CARD_ORDER_FILE,
    views_cards.KnownSerials: KNOWN_SERIALS,
    views_ways.Ways: WAYS,
    views_ways.WayFile: WAY_FILE,
    views_ways.Groups: GROUPS,
    views_ways.Schedules: SCHEDULES,
    views_ways.GroupReaches: GROUP_REACHES,
    views_remote.RemoteOrders: REMOTE_ORDERS,
    views_remote.RemoteOrderFile: REMOTE_ORDER_FILE,
    views_tried.MetersOfType: METERS_OF_TYPE,
    views_lines.Gaps: GAPS,
    views_lines.RoundsKept: ROUNDS_KEPT,
    views_lines.Calls: CALLS,
    views_lines.LineFigures: LINE_FIGURES,
    views_lines.MeterLine: METER_LINE,
    views_watch.Banks: BANKS,
    views_watch.Exceptions: EXCEPTIONS,
    views_watch.Dashboard: DASHBOARD,
    views_found.Found: FOUND,
    views_found.TokenQuestion: TOKEN_QUESTION,
    views_staff.SignedInAs: SIGNED_IN_AS,
    views_staff.Operators: OPERATORS,
    views_staff.Roles: ROLES,
    views_staff.Branches: BRANCHES,
    views_staff.Stations: STATIONS,
    views_staff.Shifts: SHIFTS,
    views_staff.Sessions: SESSIONS,
    views_staff.Requests: REQUESTS,
    views_staff.Diary: DIARY,
    views_stations.StationKnown: STATION_KNOWN,
    views_stations.StationCertificates: STATION_CERTIFICATES,
    views_stations.CardOrdersReserved: CARD_ORDERS_RESERVED,
    views_stations.CardOrdersKnown: CARD_ORDERS_KNOWN,
    views_stations.StationCodeKnown: STATION_CODE_KNOWN,
}


class ViewReader:
    """Answers at once: each question in a snapshot of its own, or all of them in one (``snapshot``).

    TakesTooLong where a question has a limit, and that is over.
    """

    def __init__(
        self, engine: Engine, connection: Connection | None = None, limit_s: float | None = None
    ) -> None:
        self._engine = engine
        self._connection = connection
        self._limit_s = limit_s

    @contextmanager
    def snapshot(self) -> Iterator[ViewReader]:
        """Answer everything as it stands at one moment, while the gateway goes on posting."""
        with asking(self._engine, self._limit_s) as connection:
            yield ViewReader(self._engine, connection)

    def rows(self, query: Query[RowT, Any]) -> Sequence[RowT]:
        """Give the rows, a page at most."""
        return self._on(_VIEWS[type(query)].rows, query)

    def count(self, query: Query[Any, Any]) -> int:
        """Count the rows that there are in all."""
        return self._on(_VIEWS[type(query)].count, query)

    def totals(self, query: Query[Any, TotalsT]) -> TotalsT:
        """Sum them up."""
        totals: TotalsT = self._on(_VIEWS[type(query)].totals, query)
        return totals

    def _on(self, answer: Callable[[Connection, Any], AnswerT], query: Query[Any, Any]) -> AnswerT:
        if self._connection is not None:
            return answer(self._connection, query)
        with asking(self._engine, self._limit_s) as connection:
            return answer(connection, query)


class Views:
    """Answers on ``run_elsewhere``: a thread that is not the ledger's, so no question holds a payment up.

    ``limit_s`` is what a question may take, None: any time; ``stopped`` hears the name of one that took more.
    """

    def __init__(
        self,
        engine: Engine,
        run_elsewhere: RunElsewhere,
        limit_s: float | None = None,
        stopped: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._reader = ViewReader(engine, limit_s=limit_s)
        self._run_elsewhere = run_elsewhere
        self._stopped = stopped

    def rows(self, query: Query[RowT, Any]) -> Deferred[Sequence[RowT]]:
        """Give the rows. See ``ports.Views``."""
        return self._ask(self._reader.rows, query)

    def count(self, query: Query[Any, Any]) -> Deferred[int]:
        """Count them. See ``ports.Views``."""
        return self._ask(self._reader.count, query)

    def totals(self, query: Query[Any, TotalsT]) -> Deferred[TotalsT]:
        """Sum them up. See ``ports.Views``."""
        return self._ask(self._reader.totals, query)

    def _ask(self, answer: Callable[[Any], Any], query: Query[Any, Any]) -> Deferred[Any]:
        def told(failure: Failure) -> Failure:
            if failure.check(TakesTooLong):
                self._stopped(type(query).__name__)
            return failure

        return self._run_elsewhere(answer, query).addErrback(told)
