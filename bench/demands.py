"""What is demanded, and the figures that it is demanded of; those that follow from others are made here."""

from __future__ import annotations

from dataclasses import dataclass

AT_LEAST, AT_MOST = "≥", "≤"


@dataclass(frozen=True, slots=True)
class Demand:
    """A figure by name, in words, and what it should be; ``demanded`` is None where nothing is demanded."""

    figure: str
    what: str
    unit: str
    demanded: float | None = None
    way: str = AT_LEAST
    decimals: int = 0

    def times(self, found: float) -> float | None:
        """How many times what is demanded it is, or better than that; below 1 the demand is missed."""
        if self.demanded is None:
            return None
        return self.demanded / found if self.way == AT_MOST else found / self.demanded

    def holds(self, found: float) -> bool:
        times = self.times(found)
        return times is None or times >= 1


DEMANDS = [
    Demand("posting_ratio_postgresql", "PostgreSQL: posting, against the best pgbench", "x", 4.0, decimals=1),
    Demand("posting_postgresql", "PostgreSQL: payments posted, 256 or 500 in flight", "/s"),
    Demand("pgbench_same_rows", "PostgreSQL: the best pgbench of 1, 16, 64 clients, same rows", "/s"),
    Demand("posting_ratio_any", "PostgreSQL: posting, against pgbench with any clients", "x", decimals=1),
    Demand("vend_ratio_postgresql", "PostgreSQL: full vend, against that pgbench", "x", 1.2, decimals=2),
    Demand("vend_ratio_any", "PostgreSQL: full vend, against pgbench with any clients", "x", decimals=2),
    Demand("vend_iso_postgresql", "PostgreSQL: full vends by ISO 8583, 64 links", "/s"),
    Demand("vend_iso_many_postgresql", "PostgreSQL: full vends by ISO 8583, 256 links", "/s"),
    Demand("vend_iso_many_postgresql_p99_ms", "PostgreSQL: 99 of 100 of these come within", "ms", decimals=1),
    Demand("vend_soap_postgresql", "PostgreSQL: full vends by SOAP, 64 clients", "/s"),
    Demand("bytes_per_payment", "PostgreSQL: bytes of a payment", "B", 2_000, AT_MOST),
    Demand("bytes_per_payment_of_a_million", "PostgreSQL: bytes, in the books verified", "B", 2_000, AT_MOST),
    Demand(
        "verify_postgresql_s_per_million", "PostgreSQL: verifying a million payments", "s", 60, AT_MOST, 1
    ),
    Demand("verify_sqlite_s_per_million", "SQLite: verifying a million payments", "s", 60, AT_MOST, 1),
    Demand("posting_ratio_sqlite", "SQLite: batches, against a transaction a payment", "x", 8.0, decimals=1),
    Demand("posting_sqlite", "SQLite: payments posted, 256 in flight", "/s"),
    Demand("vend_iso_sqlite", "SQLite: full vends by ISO 8583, 64 links", "/s", 1_500),
    Demand("vend_iso_sqlite_p99_ms", "SQLite: 99 of 100 of these answers come within", "ms", 100, AT_MOST, 1),
    Demand("vend_soap_sqlite", "SQLite: full vends by SOAP, 64 clients", "/s"),
    Demand("codec_ratio", "ISO 8583 pack and unpack, against pyiso8583", "x", 3.0, decimals=1),
    Demand("dlt645_frames_per_s", "DL/T 645 frames cut from a stream, one core", "/s", 300_000),
    Demand("dlt645_values_per_s", "DL/T 645 values read, with their frames, one core", "/s"),
    Demand("iec62056_21_read_outs_per_s", "IEC 62056-21 read-outs of 80 data sets, one core", "/s"),
    Demand("dlms_profiles_per_s", "DLMS: profiles of 96 rows decoded, one core", "/s", 1_000),
    Demand("dlms_profiles_line_per_s", "DLMS: the same from HDLC frames, one core", "/s"),
    Demand("meter_reads_per_s", "Meters read a second, 4,000 connections in one process", "/s", 2_500),
    Demand("meter_sessions_mib", "The memory of that process, at the most", "MiB", 95, AT_MOST, 1),
    Demand("ea07_tokens_per_s", "EA07 tokens, one core", "/s", 15_000),
    Demand("ea11_tokens_per_s", "EA11 tokens, one core", "/s", 30_000),
    Demand("card_answers_sealed_per_s", "Cards answered, masters in the sealed file", "/s"),
    Demand("card_answers_pkcs11_per_s", "Cards answered, masters in a PKCS#11 module (SoftHSM)", "/s"),
    Demand("card_sale_sealed_ms", "All answers of a sale on a card, sealed file", "ms", 20, AT_MOST, 1),
    Demand("card_sale_pkcs11_ms", "All answers of a sale on a card, PKCS#11", "ms", 20, AT_MOST, 1),
    Demand("card_sale_pkcs11_slowest_ms", "The slowest of a hundred such sales, PKCS#11", "ms", decimals=1),
    Demand("quotes_per_s", "Quotes: four blocks, VAT and a fixed charge, one core", "/s", 20_000),
    Demand("card_loading_p99_ms", "Cards: 99 of 100 loadings by PC/SC come within", "ms", 300, AT_MOST, 1),
    Demand("card_loading_slowest_ms", "Cards: the slowest of all loadings", "ms", decimals=1),
    Demand("cards_reactor_late_ms", "The reactor's longest block with two readers", "ms", 20, AT_MOST, 1),
    Demand("station_sale_median_ms", "Sales on cards at a station: half come within", "ms", 300, AT_MOST, 1),
    Demand("station_sale_p99_ms", "Sales on cards at a station: 99 of 100 come within", "ms", decimals=1),
    Demand("station_reactor_late_ms", "The station's longest block in a sale", "ms", 20, AT_MOST, 1),
    Demand("outbox_postgresql_per_s", "PostgreSQL: notices leased and deleted", "/s"),
    Demand("office_slowest_ms", "The office's slowest question, a million sales", "ms", 200, AT_MOST),
    Demand("office_median_ms", "The office's questions: half come within", "ms", decimals=1),
    Demand("office_reactor_late_ms", "The reactor's longest block while it asks", "ms", 50, AT_MOST, 1),
    Demand("office_page_slowest_ms", "The office's slowest page, by a browser's clock", "ms", 200, AT_MOST),
    Demand("office_pages_late_ms", "The reactor's longest block with the pages", "ms", 50, AT_MOST, 1),
    Demand("office_csv_s", "A file of some 10,000 sales as CSV", "s", decimals=1),
    Demand("office_xlsx_s", "The same as XLSX", "s", decimals=1),
    Demand("office_files_late_ms", "The reactor's longest block with the files", "ms", 50, AT_MOST, 1),
    Demand("cpu_us_per_vend_postgresql", "PostgreSQL: CPU of a vend with all processes, timed", "µs"),
    Demand("cpu_us_per_vend_sqlite", "SQLite: CPU of a vend with all processes, timed", "µs"),
]

#: Figure → (what is divided, by what).
RATIOS = {
    "posting_ratio_postgresql": ("posting_postgresql", "pgbench_same_rows"),
    "vend_ratio_postgresql": ("vend_best_postgresql", "pgbench_same_rows"),
    "posting_ratio_any": ("posting_postgresql", "pgbench_same_rows_any"),
    "vend_ratio_any": ("vend_best_postgresql", "pgbench_same_rows_any"),
    "posting_ratio_sqlite": ("posting_sqlite", "posting_sqlite_single"),
}


def with_ratios(figures: dict[str, float]) -> dict[str, float]:
    """Add the ratios of what was measured."""
    made = {name: figures[a] / figures[b] for name, (a, b) in RATIOS.items() if a in figures and b in figures}
    return figures | made
