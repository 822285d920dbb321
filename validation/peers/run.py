#!/usr/bin/env python3
"""chemdrift against MUSICA and OceanParcels 3 and 4 on this machine: everything that is installed, in one command.

Within each part the programs take turns, one core each; figures are medians over the rounds, and stand with version,
machine and load in chemistry.md, particles.md and their .json; the picture of all ratios is docs/pictures/peers.png.
`--draw` only draws what is kept. The environments of the peers come from `scripts/setup.sh --peers`.
"""
import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# Each part runs in the environment whose programs it needs; Parcels has two of its own besides.
PARTS = {
    "chemistry.py": (".venv-peers", ".venv-peers"),
    "particles.py": (".venv", ".venv-parcels"),
    "realizations.py": (".venv", ".venv-parcels"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--draw", action="store_true", help="draw the picture from what is kept")
    arguments = parser.parse_args()
    for script, (own, needed) in PARTS.items() if not arguments.draw else ():
        if not (ROOT / needed / "bin" / "python").exists():
            print(f"{script}: no {needed}, left out; scripts/setup.sh --peers makes it", file=sys.stderr)
            continue
        subprocess.run([ROOT / own / "bin" / "python", HERE / script, "--rounds", str(arguments.rounds)], check=True)
    subprocess.run([ROOT / ".venv" / "bin" / "python", HERE / "picture.py"], check=True)


if __name__ == "__main__":
    main()
