"""``make bench``: every figure of the product in one run, beside what is demanded of it.

Figures of one run on one machine: trust the ratios. The exit code is 1 where a demand is missed.
"""

from __future__ import annotations

import sys

from bench import bench_codec, bench_posting, bench_tokens, bench_vend

#: benchmark → (what it says, its unit, the figure demanded, whether less is better)
DEMANDS = {
    "posting ratio": ("batched posting against one transaction per payment", "x", 8.0, False),
    "codec ratio": ("pack + unpack against pyiso8583", "x", 3.0, False),
    "tokens": ("EA11 tokens per second and core", "/s", 30_000.0, False),
    "vend": ("full vends over TCP, 64 links", "/s", 1_500.0, False),
    "vend p99": ("99 of 100 answers come within", "ms", 100.0, True),
}


def main() -> int:
    """Run them one after the other; a benchmark has the machine to itself."""
    tokens = bench_tokens.run()
    codec = bench_codec.run()
    vend = bench_vend.run()
    posting = bench_posting.run()  # last: it runs the reactor, which runs once in a process
    figures = {
        "posting ratio": posting["ratio"],
        "codec ratio": codec["ratio"],
        "tokens": tokens["ea11_tokens_per_s"],
        "vend": vend["per_second"],
        "vend p99": vend["p99_ms"],
    }
    is_missed = False
    for name, (what, unit, demanded, less_is_better) in DEMANDS.items():
        figure = figures[name]
        holds = figure <= demanded if less_is_better else figure >= demanded
        is_missed |= not holds
        print(f"{what:<52} {figure:>10,.1f} {unit:<3} (demanded {demanded:,.0f}) {'' if holds else 'MISSED'}")
    print(f"posting: {posting['batched_per_s']:,.0f}/s batched, {posting['single_per_s']:,.0f}/s singly")
    return 1 if is_missed else 0


if __name__ == "__main__":
    sys.exit(main())
