#!/usr/bin/env python3
"""Runs the validation cases: one line each with name, norm, tolerance, reached and pass or FAIL.

Every folder beside this file that has a check.py is a case. Writes table.md when all cases ran; exit status 1 when one
failed.
"""
import argparse
import importlib.util
import os
import sys
import time

# Small matrices: threads of the linear algebra only get in the way of each other. Before NumPy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from common import HERE, ROOT, Case, Result, Skipped, program_path  # noqa: E402


def load(folder):
    """The check.py of a case, with `check(case)` and perhaps `QUICK = True`."""
    spec = importlib.util.spec_from_file_location(folder.name + "_check", folder / "check.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def results_of(folder, module, arguments):
    """The results of a case; a case that breaks is one failed result."""
    try:
        yield from module.check(Case(folder, program_path(), arguments.ranks))
    except Skipped:
        raise
    except Exception as error:  # one broken case must not hide the others
        if arguments.debug:
            raise
        print(f"{folder.name}: {error}", file=sys.stderr)
        yield Result(folder.name, f"runs ({type(error).__name__})", 0, float("nan"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="only the cases that together take seconds")
    parser.add_argument("--case", action="append", help="only this case; may be given several times")
    parser.add_argument("--ranks", type=int, help="run chemdrift under mpirun on so many ranks")
    parser.add_argument("--debug", action="store_true", help="show where a case broke")
    arguments = parser.parse_args()

    folders = sorted(p.parent for p in HERE.glob("*/check.py"))
    names = [f.name for f in folders]
    for name in arguments.case or []:
        if name not in names:
            parser.error(f"no case {name}; there are {', '.join(names)}")
    if not program_path().exists():
        sys.exit(f"no {program_path()}: run `make build` first")
    table, skipped = [], []
    print(f"{'case':36} {'norm':52} {'tolerance':>9} {'reached':>9}")
    for folder in folders:
        module = load(folder)
        if arguments.case and folder.name not in arguments.case:
            continue
        if arguments.quick and not getattr(module, "QUICK", False):
            continue
        began = time.perf_counter()
        try:
            for result in results_of(folder, module, arguments):
                verdict = "pass" if result.passed else "FAIL"
                line = f"{result.name:36} {result.norm:52} {result.tolerance:9.2e} {result.reached:9.2e} {verdict}"
                print(line, flush=True)
                table.append((result, verdict))
        except Skipped as reason:
            print(f"{folder.name:36} skipped: {reason}", flush=True)
            skipped.append((folder.name, str(reason)))
        print(f"{'':36} {time.perf_counter() - began:.1f} s", flush=True)
    failed = sum(verdict == "FAIL" for _, verdict in table)
    print(f"{len(table) - failed} of {len(table)} pass" + (f", {len(skipped)} cases skipped" if skipped else ""))
    if not arguments.quick and not arguments.case:
        write_table(table, skipped)
    sys.exit(1 if failed else 0)


def write_table(table, skipped):
    """The results as Markdown, kept with the project."""
    lines = ["# Validation", "", "Made by `make validate`; each case is a folder of `validation/`, with its source.", "",
             "| case | norm | tolerance | reached | |", "|---|---|---|---|---|"]
    for result, verdict in table:
        lines.append(f"| {result.name} | {result.norm} | {result.tolerance:.2e} | {result.reached:.2e} | {verdict} |")
    lines += [f"| {name} | {reason} | | | skipped |" for name, reason in skipped]
    (HERE / "table.md").write_text("\n".join(lines) + "\n")
    print(f"table: {(HERE / 'table.md').relative_to(ROOT)}")


if __name__ == "__main__":
    main()
