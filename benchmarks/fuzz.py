"""Files that are damaged or made up: is every outcome right, or a clear error?

Prints for each kind of attack how many tries there were, how often what was loaded was
right, how often there was a clear error, and whatever else happened, which should be
nothing; further the slowest try (processor time) and by how much a try let memory grow
at most. Ctrl-C ends the tries and prints what came of those made. Exits with status 1
if there was anything else.

    python benchmarks/fuzz.py                        # 200 tries of each kind
    python benchmarks/fuzz.py --tries 50000 --kind vectors
    python benchmarks/fuzz.py --kind vectors --start 1234 --tries 1   # one try again

A try depends on its kind, `--seed` and number only, so the tests run some of them too.
The kinds are in the package `fuzzing` beside this script.
"""

import argparse
import sys

from fuzzing import KINDS


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="kinds:\n"
        + "\n".join(f"  {name}: {kind.summary}" for name, kind in KINDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--tries", type=int, default=200)
    parser.add_argument("--kind", nargs="+", choices=KINDS, default=[*KINDS])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0, help="number of the first try")
    args = parser.parse_args()
    print("| kind | tries | right | clear errors | anything else | slowest | memory |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    failed = []
    for name in args.kind:
        report = KINDS[name].run(args.tries, args.seed, args.start)
        print(
            f"| {name} | {report.n_tries:,} | {report.n_right:,} | "
            f"{report.n_errors:,} | {len(report.others):,} | "
            f"{report.slowest:.2f} s | +{report.growth:.0f} MB |",
            flush=True,
        )
        failed += report.others
        if report.n_tries < args.tries:  # it was interrupted
            break
    for other in failed[:20]:
        print(other, file=sys.stderr)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
