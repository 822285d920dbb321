#!/usr/bin/env python3
"""Makes src/report/coastlines.txt, the land that maps of reports show, from Natural Earth's countries at 1:110 million.

    scripts/make_coastlines.py naturalearth_lowres.shp

Natural Earth (naturalearthdata.com) is in the public domain; the shapefile is in the wheel of geopandas 0.14.4. Borders
between countries occur twice and are left out, so that rings of coast remain. One ring a line: the first point, then
differences, longitude and latitude in hundredths of a degree.
"""
import struct
import sys
from collections import defaultdict
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "src" / "report" / "coastlines.txt"


def rings(path):
    """The rings of all polygons, as lists of points in hundredths of a degree."""
    data = path.read_bytes()
    at = 100
    while at < len(data):
        _, words = struct.unpack(">ii", data[at:at + 8])
        body = data[at + 8:at + 8 + 2 * words]
        at += 8 + 2 * words
        if struct.unpack("<i", body[:4])[0] != 5:
            continue
        parts, points = struct.unpack("<ii", body[36:44])
        starts = [*struct.unpack(f"<{parts}i", body[44:44 + 4 * parts]), points]
        numbers = struct.unpack(f"<{2 * points}d", body[44 + 4 * parts:44 + 4 * parts + 16 * points])
        for first, end in zip(starts, starts[1:]):
            yield [(round(100 * numbers[2 * i]), round(100 * numbers[2 * i + 1])) for i in range(first, end)]


def main():
    edges = defaultdict(int)
    for ring in rings(Path(sys.argv[1])):
        for a, b in zip(ring, ring[1:]):
            if a != b:
                edges[min(a, b), max(a, b)] += 1
    beside = defaultdict(set)
    for (a, b), times in edges.items():
        if times == 1:
            beside[a].add(b)
            beside[b].add(a)
    lines = []
    for start in sorted(beside):
        while beside[start]:
            walk = [start]
            while beside[walk[-1]]:
                here, there = walk[-1], min(beside[walk[-1]])
                beside[here].discard(there)
                beside[there].discard(here)
                walk.append(there)
                if there == start:
                    break
            steps = [(b[0] - a[0], b[1] - a[1]) for a, b in zip(walk, walk[1:])]
            lines.append(" ".join(f"{x},{y}" for x, y in [walk[0], *steps]))
    OUT.write_text("\n".join(lines) + "\n")
    print(f"{len(lines)} rings, {sum(line.count(' ') + 1 for line in lines)} points, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
